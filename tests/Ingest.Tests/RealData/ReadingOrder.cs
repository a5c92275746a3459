namespace Jmlr.Ingest.Tests.RealData;

/// <summary>Whether two extractions have their words in the same order.</summary>
static class ReadingOrder
{
    /// <summary>Of the words that both have exactly once: the share that stands in the same order (longest increasing run).</summary>
    public static double Agreement(IReadOnlyList<string> source, IReadOnlyList<string> text)
    {
        Dictionary<string, int> there = Single(text);
        int[] places = [.. Single(source).OrderBy(word => word.Value).Where(word => there.ContainsKey(word.Key)).Select(word => there[word.Key])];
        List<int> ends = [];
        foreach (int place in places)
        {
            int at = ends.BinarySearch(place);
            at = at < 0 ? ~at : at;
            if (at == ends.Count)
            {
                ends.Add(place);
            }
            else
            {
                ends[at] = place;
            }
        }

        return places.Length == 0 ? 1 : (double)ends.Count / places.Length;
    }

    private static Dictionary<string, int> Single(IReadOnlyList<string> words)
    {
        Dictionary<string, int> places = [];
        for (int i = 0; i < words.Count; i++)
        {
            places[words[i]] = places.ContainsKey(words[i]) ? -1 : i;
        }

        return places.Where(static word => word.Value >= 0).ToDictionary();
    }
}
