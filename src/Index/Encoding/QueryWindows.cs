using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>
/// A query as rows of equal length: <c>[CLS] marker words [SEP]</c>, padded with [MASK] (query augmentation). A query that does not fit is laid out in several
/// windows instead of being cut; the padding of all but the last window is not looked at and left out of the result.
/// </summary>
sealed class QueryWindows
{
    private readonly int[] _kept;

    private QueryWindows(long[] ids, int[] lengths, int[] kept, int length, bool needsMask)
    {
        Ids = ids;
        Lengths = lengths;
        _kept = kept;
        Length = length;
        NeedsMask = needsMask;
    }

    /// <summary>[count, length].</summary>
    internal long[] Ids { get; }

    /// <summary>[count]: attention looks at the first so many tokens of a window.</summary>
    internal int[] Lengths { get; }

    /// <summary>False when attention may look everywhere.</summary>
    internal bool NeedsMask { get; }

    /// <summary>Whether attention looks at just those tokens that get a vector: then a window is encoded like a passage.</summary>
    internal bool SeesWhatItKeeps => _kept.AsSpan().SequenceEqual(Lengths);

    /// <summary>Tokens of a window.</summary>
    internal int Length { get; }

    /// <summary>Number of windows.</summary>
    internal int Count => _kept.Length;

    /// <summary>Vectors of all windows.</summary>
    internal int Kept => _kept.Sum();

    /// <summary>Vectors of one window.</summary>
    internal int KeptOf(int window) => _kept[window];

    internal static QueryWindows Make(WordPieceTokenizer tokenizer, ColbertSettings settings, string text, List<int> scratch)
    {
        scratch.Clear();
        tokenizer.EncodeIds(text, scratch);
        int[] ends = WordCuts.Make(scratch.Count, settings.QueryLength - settings.QueryExtra, at => !tokenizer.TokenOf(scratch[at]).StartsWith("##", StringComparison.Ordinal));
        int count = ends.Length, longest = 0;
        for (int window = 0; window < count; window++)
        {
            longest = Math.Max(longest, ends[window] - (window == 0 ? 0 : ends[window - 1]));
        }

        int length = settings.ExpandQueries ? settings.QueryLength : longest + settings.QueryExtra;
        var ids = new long[count * length];
        var lengths = new int[count];
        var kept = new int[count];
        bool needsMask = false;
        for (int window = 0; window < count; window++)
        {
            int first = window == 0 ? 0 : ends[window - 1], words = ends[window] - first, at = window * length;
            int next = at;
            ids[next++] = tokenizer.Cls;
            if (settings.QueryMarker is int marker)
            {
                ids[next++] = marker;
            }

            for (int i = 0; i < words; i++)
            {
                ids[next++] = scratch[first + i];
            }

            ids[next] = tokenizer.Sep;
            int used = words + settings.QueryExtra;
            bool expanded = settings.ExpandQueries && window == count - 1;
            ids.AsSpan(at + used, length - used).Fill(tokenizer.Mask);
            lengths[window] = expanded && settings.AttendToMask ? length : used;
            needsMask |= lengths[window] < length;
            kept[window] = expanded ? length : used;
        }

        return new QueryWindows(ids, lengths, kept, length, needsMask);
    }
}
