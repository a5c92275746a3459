using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>
/// A query as rows of equal length: <c>[CLS] marker words [SEP]</c>, padded with [MASK]. A query that does not fit is laid out in as few windows as hold
/// it, of about equal size, so that no word is cut off; the padding of all but the last window is left out of the result.
/// </summary>
sealed class QueryWindows
{
    private readonly int[] _kept;

    private QueryWindows(long[] ids, bool[] mask, int[] kept, int length, bool needsMask)
    {
        Ids = ids;
        Mask = mask;
        _kept = kept;
        Length = length;
        NeedsMask = needsMask;
    }

    /// <summary>[count, length].</summary>
    internal long[] Ids { get; }

    /// <summary>[count, length], true where attention may look.</summary>
    internal bool[] Mask { get; }

    /// <summary>False when attention may look everywhere.</summary>
    internal bool NeedsMask { get; }

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
        int room = settings.QueryLength - ColbertSettings.Extra;
        int count = Math.Max(1, (scratch.Count + room - 1) / room);
        int share = (scratch.Count + count - 1) / count;
        int length = settings.ExpandQueries ? settings.QueryLength : share + ColbertSettings.Extra;
        var ids = new long[count * length];
        var mask = new bool[count * length];
        var kept = new int[count];
        bool needsMask = false;
        for (int window = 0; window < count; window++)
        {
            int first = window * share, words = Math.Min(share, scratch.Count - first), at = window * length;
            ids[at] = tokenizer.Cls;
            ids[at + 1] = settings.QueryMarker;
            for (int i = 0; i < words; i++)
            {
                ids[at + 2 + i] = scratch[first + i];
            }

            ids[at + 2 + words] = tokenizer.Sep;
            int used = words + ColbertSettings.Extra;
            ids.AsSpan(at + used, length - used).Fill(tokenizer.Mask);
            mask.AsSpan(at, settings.AttendToMask ? length : used).Fill(true);
            needsMask |= !settings.AttendToMask && used < length;
            kept[window] = window == count - 1 && settings.ExpandQueries ? length : used;
        }

        return new QueryWindows(ids, mask, kept, length, needsMask);
    }
}
