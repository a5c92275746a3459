namespace Jmlr.Index.Encoding;

/// <summary>Where a long query is cut into windows: between words, as few windows as possible, and of about equal size, so that none holds a lonely word without context.</summary>
static class WordCuts
{
    /// <summary>Ends of the windows over <paramref name="count"/> tokens, at most <paramref name="room"/> tokens each; only a word longer than a window is cut inside.</summary>
    internal static int[] Make(int count, int room, Func<int, bool> startsWord)
    {
        if (count <= room)
        {
            return [count];
        }

        int[] fewest = Fill(count, room, startsWord);
        for (int size = (count + fewest.Length - 1) / fewest.Length; size < room; size++)
        {
            // The smallest size that needs no further window spreads the tokens evenly.
            int[] ends = Fill(count, size, startsWord);
            if (ends.Length == fewest.Length)
            {
                return ends;
            }
        }

        return fewest;
    }

    private static int[] Fill(int count, int size, Func<int, bool> startsWord)
    {
        var ends = new List<int>();
        for (int at = 0; at < count;)
        {
            int full = Math.Min(count, at + size), end = full;
            while (end < count && end > at && !startsWord(end))
            {
                end--;
            }

            at = end > at ? end : full;
            ends.Add(at);
        }

        return [.. ends];
    }
}
