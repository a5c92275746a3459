using Jmlr.Llm.Execution;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Generation;

/// <summary>A loaded generator: executor, tokenizer, prefix reuse. One call at a time.</summary>
public interface IGenerator : IDisposable
{
    /// <summary>Tokenizer.</summary>
    IGeneratorTokenizer Tokenizer { get; }

    /// <summary>Executor.</summary>
    ILlamaExecutor Executor { get; }

    /// <summary>SHA-256 (hex) of the weights, adapters included.</summary>
    string Hash { get; }

    /// <summary>Context length in use: prompt and answer together.</summary>
    int ContextLength { get; }

    /// <summary>Continues <paramref name="prompt"/>; <paramref name="onText"/> gets pieces of whole UTF-8 characters as they come. Ends within one token of cancellation.</summary>
    GenerationResult Generate(IReadOnlyList<int> prompt, GenerationOptions options, Action<string>? onText, CancellationToken cancellation);

    /// <summary>Scores option letters from the prefill logits at the end of <paramref name="prompt"/>.</summary>
    IReadOnlyList<OptionScore> ScoreOptions(IReadOnlyList<int> prompt, IReadOnlyList<string> letters, CancellationToken cancellation);

    /// <summary>The same for many prompts, in an order in which beginnings that they share are computed once; results by place of the prompt, the same as one by one.</summary>
    IReadOnlyList<IReadOnlyList<OptionScore>> ScoreOptions(IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<string> letters, CancellationToken cancellation);

    /// <summary>Scores whole texts as continuations of <paramref name="prompt"/> by their mean log-probability per token, so that a long one is not worse for its length.</summary>
    IReadOnlyList<TextScore> ScoreTexts(IReadOnlyList<int> prompt, IReadOnlyList<string> texts, CancellationToken cancellation);
}
