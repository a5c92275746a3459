namespace Jmlr.Query.Evaluation;

/// <summary>A document with its score for a query.</summary>
public readonly record struct ScoredDocument(string Id, double Score);

/// <summary>
/// The order in which trec_eval reads a run: by score as single-precision number, highest first; equal scores by document id, the last one (by the bytes of
/// its UTF-8) first. Ranks written in a run file are ignored.
/// </summary>
public static class RankingOrder
{
    /// <summary>Ids of <paramref name="documents"/> in that order.</summary>
    public static string[] Sort(IEnumerable<ScoredDocument> documents)
    {
        ScoredDocument[] sorted = [.. documents];
        Array.Sort(sorted, static (a, b) =>
        {
            int order = ((float)b.Score).CompareTo((float)a.Score);
            return order != 0 ? order : CompareUtf8(b.Id, a.Id);
        });
        return Array.ConvertAll(sorted, static document => document.Id);
    }

    /// <summary>Compares as the UTF-8 bytes do: surrogates stand for characters above all others.</summary>
    private static int CompareUtf8(string a, string b)
    {
        int length = Math.Min(a.Length, b.Length);
        for (int i = 0; i < length; i++)
        {
            if (a[i] != b[i])
            {
                return Rank(a[i]) - Rank(b[i]);
            }
        }

        return a.Length - b.Length;
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
