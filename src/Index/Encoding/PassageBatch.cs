using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>Passages of nearly equal length, laid out as one matrix; padding with [PAD] only where lengths differ.</summary>
/// <param name="Passages">Their numbers in the caller's list.</param>
/// <param name="Ids">[passages, length].</param>
/// <param name="Lengths">Tokens of each passage, padding apart.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="NeedsMask">True when rows are padded.</param>
sealed record PassageBatch(int[] Passages, long[] Ids, int[] Lengths, int Length, bool NeedsMask)
{
    // Enough rows to fill the matrix units, few enough that the activations of a layer stay in the cache.
    private const int TokenBudget = 2048;

    // Share of a batch that may be padding.
    private const double MaximumPadding = 0.06;

    /// <summary>Token ids of each passage, markers included.</summary>
    internal static int[][] Rows(WordPieceTokenizer tokenizer, ColbertSettings settings, IReadOnlyList<string> texts) => [.. texts.Select(text => Row(tokenizer, settings, text))];

    internal static IEnumerable<PassageBatch> Make(WordPieceTokenizer tokenizer, ColbertSettings settings, IReadOnlyList<string> texts)
    {
        int[][] rows = Rows(tokenizer, settings, texts);
        int[] order = [.. Enumerable.Range(0, rows.Length).OrderByDescending(i => rows[i].Length)];
        for (int start = 0; start < order.Length;)
        {
            int length = rows[order[start]].Length, total = 0, end = start;
            while (end < order.Length)
            {
                int tokens = rows[order[end]].Length, count = end - start + 1;
                if (count > 1 && (count * length > TokenBudget || count * length - (total + tokens) > MaximumPadding * count * length))
                {
                    break;
                }

                total += tokens;
                end++;
            }

            yield return Lay([.. order[start..end]], rows, length, tokenizer.Pad, (end - start) * length != total);
            start = end;
        }
    }

    private static PassageBatch Lay(int[] passages, int[][] rows, int length, int pad, bool padded)
    {
        var ids = new long[passages.Length * length];
        for (int i = 0; i < passages.Length; i++)
        {
            int[] row = rows[passages[i]];
            for (int j = 0; j < length; j++)
            {
                ids[(i * length) + j] = j < row.Length ? row[j] : pad;
            }
        }

        return new PassageBatch(passages, ids, [.. passages.Select(passage => rows[passage].Length)], length, padded);
    }

    private static int[] Row(WordPieceTokenizer tokenizer, ColbertSettings settings, string text)
    {
        var ids = new List<int> { tokenizer.Cls };
        if (settings.PassageMarker is int marker)
        {
            ids.Add(marker);
        }

        tokenizer.EncodeIds(text, ids);
        ids.Add(tokenizer.Sep);
        if (ids.Count > settings.PassageLength)
        {
            Throw.PassageTooLong(ids.Count, settings.PassageLength, text);
        }

        return [.. ids];
    }
}
