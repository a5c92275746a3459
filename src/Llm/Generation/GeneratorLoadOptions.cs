namespace Jmlr.Llm.Generation;

/// <summary>How a generator is opened.</summary>
public sealed record GeneratorLoadOptions
{
    /// <summary>Prompt and answer together; 0 takes the model's own, at most 4096.</summary>
    public int ContextLength { get; init; }

    /// <summary>Threads, the caller's included; 0 takes one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Widen all weights to fp32 and compute in fp32: slow, for comparison.</summary>
    public bool Reference { get; init; }

    /// <summary>Linear RoPE factor to use whatever the model says (JMLR runs with 8); null takes the model's own.</summary>
    public double? RopeLinearFactor { get; init; }

    /// <summary>Folder of a PEFT LoRA adapter to merge in, or null.</summary>
    public string? Adapter { get; init; }

    /// <summary>SHA-256 of the weights when it is known (model manifest); computed on first use otherwise.</summary>
    public string? Hash { get; init; }
}
