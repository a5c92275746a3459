using Jmlr.Models.Torch;

namespace Jmlr.Index.Encoding;

/// <summary>Type of the encoder's weights and activations.</summary>
public enum EncoderPrecision
{
    /// <summary>What a short measurement on this machine found faster; measured (a tenth of a second) when it was not yet, and kept.</summary>
    Fastest,
    /// <summary>IEEE single.</summary>
    Fp32,
    /// <summary>bfloat16.</summary>
    Bf16,
    /// <summary>What an earlier measurement on this machine found faster, fp32 when there was none: for a single query, which should not wait for a measurement.</summary>
    Known,
}

/// <summary>How an encoder is opened.</summary>
public sealed record EncoderOptions
{
    /// <summary>Threads to encode with.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Precision. It is not part of an encoder's hash: token vectors of the two agree to a cosine of 0.999, far closer than the index codes keep them, and a query
    /// in one searches an index built in the other.
    /// </summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Fp32;

    /// <summary>"cpu", "cuda" or "cuda:0".</summary>
    public string Device { get; init; } = TorchRuntime.Processor;
}
