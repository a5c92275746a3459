namespace Jmlr.Models.Tokenizers;

/// <summary>Finds special tokens written out in a text: the leftmost, of several there the longest.</summary>
sealed class SpecialTokenFinder
{
    private readonly string[] _tokens; // longest first
    private readonly int[] _ids;
    private readonly string _first; // first characters

    /// <summary>Looks for the keys; empty ones are ignored.</summary>
    public SpecialTokenFinder(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        List<string> names = [];
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        string first = "";
        foreach ((string token, int id) in tokens)
        {
            if (token.Length > 0 && ids.TryAdd(token, id))
            {
                names.Add(token);
                first += first.Contains(token[0], StringComparison.Ordinal) ? "" : token[0];
            }
        }

        names.Sort(static (left, right) => right.Length != left.Length ? right.Length - left.Length : string.CompareOrdinal(left, right));
        _tokens = [.. names];
        _ids = new int[_tokens.Length];
        for (int i = 0; i < _ids.Length; i++)
        {
            _ids[i] = ids[_tokens[i]];
        }

        _first = first;
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
            for (int i = 0; i < _tokens.Length; i++)
            {
                if (text[at..].StartsWith(_tokens[i], StringComparison.Ordinal))
                {
                    (length, id) = (_tokens[i].Length, _ids[i]);
                    return true;
                }
            }
        }

        (at, length, id) = (text.Length, 0, -1);
        return false;
    }
}
