namespace Jmlr.Index.Encoding;

/// <summary>Type of the encoder's weights and activations.</summary>
public enum EncoderPrecision
{
    /// <summary>What a short measurement on this machine found faster for batches.</summary>
    Fastest,
    /// <summary>IEEE single.</summary>
    Fp32,
    /// <summary>bfloat16.</summary>
    Bf16,
}

/// <summary>How an encoder is opened.</summary>
public sealed record EncoderOptions
{
    /// <summary>Threads of libtorch.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Precision. Indexes do not depend on it: the two agree to a cosine of 0.999.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Fp32;

    /// <summary>"cpu" or "cuda:0".</summary>
    public string Device { get; init; } = "cpu";
}
