using Jmlr.Llm.Configuration;

namespace Jmlr.Llm.Execution;

/// <summary>Keys and values of the tokens seen so far, for all layers.</summary>
public interface IKeyValueCache : IDisposable
{
    /// <summary>Tokens held.</summary>
    int Length { get; }

    /// <summary>Most tokens it can hold.</summary>
    int Capacity { get; }

    /// <summary>Forgets all tokens from position <paramref name="length"/> on.</summary>
    void Truncate(int length);
}

/// <summary>A Llama-architecture forward pass. One call at a time; the executor owns its threads and scratch memory.</summary>
public interface ILlamaExecutor : IDisposable
{
    /// <summary>The model's shape.</summary>
    LlamaConfiguration Configuration { get; }

    /// <summary>Name of the path in use ("avx512", "avx2", "scalar", "torch") for reports.</summary>
    string Path { get; }

    /// <summary>True when a token gets the same bits alone and beside others: only then does guessing ahead change no result.</summary>
    bool SameBitsInCompany { get; }

    /// <summary>An empty cache for at most <paramref name="capacity"/> tokens.</summary>
    IKeyValueCache CreateCache(int capacity);

    /// <summary>
    /// Runs <paramref name="tokens"/> after the tokens in <paramref name="cache"/> and appends them to it.
    /// <paramref name="logits"/>: empty (none wanted), [vocabulary] (of the last token) or [tokens, vocabulary] (of all).
    /// Cancelling leaves the cache at its former length.
    /// </summary>
    void Forward(ReadOnlySpan<int> tokens, IKeyValueCache cache, Span<float> logits, CancellationToken cancellation = default);
}
