using Jmlr.Index.Encoding;

namespace Jmlr.Query.Sessions;

/// <summary>How a session uses the machine.</summary>
public sealed record SessionOptions
{
    /// <summary>Worker threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>"cpu" or "cuda[:n]".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Precision of the encoder. A single query gains nothing from bf16, and a cold process should not measure which is faster.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Fp32;
}
