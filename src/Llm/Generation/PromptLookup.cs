namespace Jmlr.Llm.Generation;

/// <summary>
/// Guesses the next tokens by what followed the same tokens before, in prompt or answer (prompt lookup decoding, Saxena 2023): answers that quote their passages
/// repeat long pieces of the prompt.
/// </summary>
static class PromptLookup
{
    /// <summary>A match of fewer tokens is chance too often.</summary>
    internal const int LeastMatch = 3;

    private const int LongestMatch = 16;

    /// <summary>
    /// Finds the place before the end of <paramref name="context"/> that agrees with its end in most tokens, the latest of equals, and copies what followed there
    /// to <paramref name="draft"/>, round and round where that reaches the end; false when nothing agrees.
    /// </summary>
    internal static bool Find(ReadOnlySpan<int> context, Span<int> draft)
    {
        int best = LeastMatch - 1, from = -1, last = context.Length - 1;
        for (int end = last - 1; end >= LeastMatch - 1 && best < LongestMatch; end--)
        {
            if (context[end] != context[last])
            {
                continue;
            }

            int length = 1;
            while (length < LongestMatch && length <= end && context[end - length] == context[last - length])
            {
                length++;
            }

            if (length > best)
            {
                (best, from) = (length, end + 1);
            }
        }

        if (from < 0)
        {
            return false;
        }

        int period = context.Length - from;
        for (int i = 0; i < draft.Length; i++)
        {
            draft[i] = i < period ? context[from + i] : draft[i - period];
        }

        return draft.Length > 0;
    }
}
