using Jmlr.Llm.Execution;
using Jmlr.Llm.Prefill;

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

    /// <summary>Most bytes for keys and values of former prompts; 0 keeps none, null takes what one context needs, at least 256 MiB, at most a quarter of what is free.</summary>
    public long? PrefixCacheBytes { get; init; }

    /// <summary>
    /// Folder in which keys and values of former prompts outlive the process, or null. They hold the words of the prompts: give it only where questions may be kept.
    /// </summary>
    public string? PrefixFolder { get; init; }

    /// <summary>Most bytes that they take in <see cref="PrefixFolder"/>.</summary>
    public long PrefixFileBytes { get; init; } = 1L << 30;

    /// <summary>How keys and values are stored; null takes fp16 up to a context of 2048 tokens and 8 bits beyond, or 4 where 8 do not fit the memory.</summary>
    public KeyValueFormat? KeyValues { get; init; }

    /// <summary>How the matrices of long prompts are multiplied.</summary>
    public LongPromptPath LongPrompts { get; init; }

    /// <summary>null runs the model in C# on the CPU; "cpu", "cuda" or "cuda:N" runs it through libtorch there, in bf16 (fp32 with <see cref="Reference"/>).</summary>
    public string? TorchDevice { get; init; }

    /// <summary>Folder of a PEFT LoRA adapter to merge in, or null.</summary>
    public string? Adapter { get; init; }

    /// <summary>SHA-256 of the weights when it is known (model manifest); computed on first use otherwise.</summary>
    public string? Hash { get; init; }
}
