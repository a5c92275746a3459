using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;

namespace Jmlr.Llm.Export;

/// <summary>How well a model expects a text: exp of the mean negative log-probability of its tokens, each given those before it in a window of 512.</summary>
public static class Perplexity
{
    private const int Window = 512, Step = 32;

    /// <summary>Perplexity of <paramref name="ids"/>; every window's first token is given.</summary>
    public static double Of(ILlamaExecutor executor, ReadOnlySpan<int> ids, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(executor);
        if (ids.Length < 2)
        {
            Throw.Usage($"perplexity of a text of {ids.Length} tokens: at least 2 are needed");
        }

        int vocabulary = executor.Configuration.VocabularySize;
        float[] logits = new float[Step * vocabulary];
        using IKeyValueCache cache = executor.CreateCache(Math.Min(Window, ids.Length));
        double total = 0;
        long count = 0;
        for (int window = 0; window + 1 < ids.Length; window += Window)
        {
            cache.Truncate(0);
            int end = Math.Min(window + Window, ids.Length);
            for (int at = window; at < end - 1; at += Step)
            {
                int tokens = Math.Min(Step, end - 1 - at);
                executor.Forward(ids.Slice(at, tokens), cache, logits.AsSpan(0, tokens * vocabulary), cancellation);
                for (int i = 0; i < tokens; i++, count++)
                {
                    total -= LogProbability.Of(logits.AsSpan(i * vocabulary, vocabulary), ids[at + i + 1]);
                }
            }
        }

        return Math.Exp(total / count);
    }
}
