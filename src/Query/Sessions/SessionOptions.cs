using Jmlr.Index.Encoding;

namespace Jmlr.Query.Sessions;

/// <summary>How a session uses the machine.</summary>
public sealed record SessionOptions
{
    /// <summary>Worker threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>"cpu" or "cuda[:n]".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Folder in which the generator keeps what it computed for prompts (it holds their words), or null.</summary>
    public string? PromptFolder { get; init; }

    /// <summary>Precision of the encoder. A single query gains nothing from bf16, and a cold process should not measure which is faster.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Fp32;
}
