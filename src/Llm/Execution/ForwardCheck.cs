namespace Jmlr.Llm.Execution;

/// <summary>What every executor demands of a call.</summary>
static class ForwardCheck
{
    /// <summary>Refuses to keep more tokens than a cache holds.</summary>
    internal static void RequireHeld(IKeyValueCache cache, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, cache.Length);
    }

    /// <summary>Refuses unknown tokens, a full cache and logits of another size; true when the logits of all tokens are wanted.</summary>
    internal static bool Require(ReadOnlySpan<int> tokens, IKeyValueCache cache, Span<float> logits, int vocabulary)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                Throw.TokenOutOfRange(token, vocabulary);
            }
        }

        if (tokens.Length > cache.Capacity - cache.Length)
        {
            Throw.CacheFull(cache.Length, tokens.Length, cache.Capacity);
        }

        bool all = tokens.Length > 1 && logits.Length == (long)tokens.Length * vocabulary;
        if (!all && logits.Length != 0 && logits.Length != vocabulary)
        {
            Throw.LogitsLength(logits.Length, tokens.Length, vocabulary);
        }

        return all;
    }
}
