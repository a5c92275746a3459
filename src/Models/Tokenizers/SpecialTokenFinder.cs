using System.Buffers;

namespace Jmlr.Models.Tokenizers;

/// <summary>Finds special tokens written out in a text: the leftmost, of several there the longest.</summary>
sealed class SpecialTokenFinder
{
    private readonly KeyValuePair<string, int>[] _tokens; // longest first
    private readonly SearchValues<char> _first;

    /// <summary>Looks for the keys; empty ones are ignored.</summary>
    public SpecialTokenFinder(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        _tokens = [.. tokens.Where(static token => token.Key.Length > 0).OrderByDescending(static token => token.Key.Length)];
        _first = SearchValues.Create([.. _tokens.Select(static token => token.Key[0]).Distinct()]);
    }

    /// <summary>The next special token at or after <paramref name="from"/>.</summary>
    public bool Next(ReadOnlySpan<char> text, int from, out int at, out int length, out int id)
    {
        for (at = from; at < text.Length; at++)
        {
            int skip = text[at..].IndexOfAny(_first);
            if (skip < 0)
            {
                break;
            }

            at += skip;
            foreach ((string token, int value) in _tokens)
            {
                if (text[at..].StartsWith(token, StringComparison.Ordinal))
                {
                    (length, id) = (token.Length, value);
                    return true;
                }
            }
        }

        (at, length, id) = (text.Length, 0, -1);
        return false;
    }
}
