namespace Jmlr.Models.Weights;

/// <summary>Element or block type of a stored tensor. Block layouts: ggml <c>ggml-common.h</c>.</summary>
public enum TensorType
{
    /// <summary>IEEE single.</summary>
    F32,
    /// <summary>IEEE half.</summary>
    F16,
    /// <summary>bfloat16.</summary>
    BF16,
    /// <summary>IEEE double.</summary>
    F64,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Signed 8-bit integer.</summary>
    I8,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>Boolean, one byte.</summary>
    Bool,
    /// <summary>ggml Q4_0: 32 elements in 18 bytes.</summary>
    Q4_0,
    /// <summary>ggml Q4_1: 32 elements in 20 bytes.</summary>
    Q4_1,
    /// <summary>ggml Q5_0: 32 elements in 22 bytes.</summary>
    Q5_0,
    /// <summary>ggml Q5_1: 32 elements in 24 bytes.</summary>
    Q5_1,
    /// <summary>ggml Q8_0: 32 elements in 34 bytes.</summary>
    Q8_0,
    /// <summary>ggml Q4_K: 256 elements in 144 bytes.</summary>
    Q4_K,
    /// <summary>ggml Q5_K: 256 elements in 176 bytes.</summary>
    Q5_K,
    /// <summary>ggml Q6_K: 256 elements in 210 bytes.</summary>
    Q6_K,
    /// <summary>ggml Q2_K: 256 elements in 84 bytes.</summary>
    Q2_K,
    /// <summary>ggml Q3_K: 256 elements in 110 bytes.</summary>
    Q3_K,
    /// <summary>ggml IQ4_NL: 32 elements in 18 bytes.</summary>
    IQ4_NL,
    /// <summary>ggml IQ4_XS: 256 elements in 136 bytes.</summary>
    IQ4_XS,
}
