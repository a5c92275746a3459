using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Weights;

/// <summary>
/// Which tile layout a stored type takes. Exact: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL. Exact but for one rounding of scale and minimum to fp16: Q4_K, Q5_K, IQ4_XS.
/// Requantised to 8 bits per block of 32: Q2_K, Q3_K, Q6_K, F16, BF16, F32. A width that fills no blocks, and the reference path, take fp32.
/// </summary>
static class TileFormatChoice
{
    /// <summary>The layout, or null when the type holds no weights.</summary>
    internal static TileFormat? Of(TensorType type, int columns, bool reference) => type switch
    {
        TensorType.I64 or TensorType.I32 or TensorType.I16 or TensorType.I8 or TensorType.U8 or TensorType.Bool => null,
        _ when reference || columns % TileFormats.Block != 0 => TileFormat.F32,
        TensorType.Q4_0 => TileFormat.Q4,
        TensorType.Q4_1 or TensorType.Q4_K => TileFormat.Q4Min,
        TensorType.Q5_1 or TensorType.Q5_K => TileFormat.Q8Min,
        _ => TileFormat.Q8,
    };
}
