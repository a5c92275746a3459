using Jmlr.Index.Encoding;
using Jmlr.Models.Torch;

namespace Jmlr.Query.Sessions;

/// <summary>How a session uses the machine.</summary>
public sealed record SessionOptions
{
    /// <summary>Worker threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>"cpu" or "cuda[:n]".</summary>
    public string Device { get; init; } = TorchRuntime.Processor;

    /// <summary>Folder in which the generator keeps what it computed for prompts (it holds their words), or null.</summary>
    public string? PromptFolder { get; init; }

    /// <summary>A generator that takes the place of the model folder's, or null.</summary>
    public GeneratorChoice? Generator { get; init; }

    /// <summary>Precision of the encoder. A single query gains nothing from bf16, and a cold process should not measure which is faster.</summary>
    public EncoderPrecision Precision { get; init; } = EncoderPrecision.Fp32;
}

/// <summary>A generator of the user's own.</summary>
/// <param name="Path">GGUF file, or Hugging Face folder with its tokenizer.</param>
/// <param name="Adapter">Folder of a LoRA adapter (LongLoRA's trainable_params.bin is taken along), or null.</param>
/// <param name="RopeLinearFactor">Linear RoPE factor whatever the model says, or null for its own.</param>
/// <param name="ContextLength">Prompt and answer together; 0 takes the model's own, at most 4096.</param>
public sealed record GeneratorChoice(string Path, string? Adapter = null, double? RopeLinearFactor = null, int ContextLength = 0);
