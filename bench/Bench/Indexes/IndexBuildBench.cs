using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Progress;
using Jmlr.Models.Randomness;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Indexes;

/// <summary>
/// Build without encoding: clustering, compressing, writing of given vectors. Seconds of the wall and of the processor (all threads), both without making the
/// vectors; bytes by token; peak memory; then an update that replaces a hundredth, opening and searching.
/// </summary>
static class IndexBuildBench
{
    /// <summary>Builds an index of about <paramref name="tokens"/> tokens, in a folder that stays when it is named.</summary>
    public static void Run(int tokens, int bits, int threads, string? kept, TextWriter to)
    {
        int passages = Math.Max(100, tokens / SyntheticVectors.TokensEach), hundredth = passages / 100;
        string folder = kept ?? Directory.CreateTempSubdirectory("jmlr-bench-").FullName;
        try
        {
            var settings = new IndexSettings { Bits = bits, Threads = threads };
            var vectors = new SyntheticVectors(0, passages);
            var stages = new Stages();
            (double wall, double processor) = Time(() => new IndexBuilder(folder, vectors, vectors, "none", settings).Build(vectors, stages), vectors);
            IndexStatus status = IndexStatus.Read(folder);
            double millions = status.LiveTokens / 1e6;
            Line(to, $"build          {status.LiveTokens:N0} tokens of {passages:N0} passages, {bits} bits, {status.Centroids:N0} centroids, {threads} threads");
            Line(to, $"seconds        {wall:0.0} of the wall, {processor:0.0} of the processor: {wall / millions:0.0} and {processor / millions:0.0} for a million tokens");
            Line(to, $"stages         {string.Join(", ", stages.Seconds.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.0} s")))} (making vectors included, {vectors.Seconds:0.0} s)");
            Line(to, $"size           {status.BytesPerToken:0.00} bytes a token, {status.SegmentBytesPerToken:0.00} without centroids");
            Line(to, $"peak memory    {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:N0} MB");

            var moved = new SyntheticVectors(hundredth, passages);
            (double updateWall, double updateProcessor) = Time(() => new IndexBuilder(folder, moved, moved, "none", settings).Update(moved), moved);
            Line(to, $"update of 1 %  {updateWall:0.00} s of the wall, {updateProcessor:0.00} s of the processor");
            Use(folder, moved, threads, to);
        }
        finally
        {
            if (kept is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Opens an index that was made here and searches it.</summary>
    internal static void Use(string folder, int tokens, int threads, TextWriter to)
    {
        int passages = tokens / SyntheticVectors.TokensEach;
        Use(folder, new SyntheticVectors(passages / 100, passages), threads, to);
    }

    private static void Use(string folder, SyntheticVectors vectors, int threads, TextWriter to)
    {
        const int times = 11;
        double[] milliseconds = new double[times];
        for (int time = 0; time < times; time++)
        {
            long started = Stopwatch.GetTimestamp();
            IndexSnapshot.Open(folder, threads: threads).Dispose();
            milliseconds[time] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        double first = milliseconds[0];
        Array.Sort(milliseconds);
        Line(to, $"open           {milliseconds[times / 2]:0.0} ms, {first:0.0} ms the first time in this process");
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder, threads: threads);
        Search(snapshot, vectors, 7, 0, to);
        long reading = Stopwatch.GetTimestamp();
        bool isRead = snapshot.ReadAhead().GetAwaiter().GetResult();
        Line(to, $"read ahead     {(isRead ? Stopwatch.GetElapsedTime(reading).TotalSeconds : double.NaN):0.0} s");
        Search(snapshot, vectors, 8, 40, to);
    }

    /// <summary>Searches for the passages themselves: 32 of their token vectors, with the plan that the engine chooses.</summary>
    private static void Search(IndexSnapshot snapshot, SyntheticVectors vectors, ulong seed, int compared, TextWriter to)
    {
        const int warm = 20, counted = 200, rows = 32;
        var random = new SplitMix64(seed);
        var query = new TokenMatrix(vectors.Dimension);
        query.Resize(rows);
        double[] milliseconds = new double[counted];
        int found = 0, common = 0, wanted = 0;
        for (int search = -warm; search < counted; search++)
        {
            int passage = Next();
            long started = Stopwatch.GetTimestamp();
            IReadOnlyList<ScoredPassage> hits = snapshot.Searcher.Search(query, new SearchOptions());
            double took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (search == -warm)
            {
                Line(to, $"first search   {took:0} ms, plan {snapshot.Searcher.PlanOf(new SearchOptions())}");
            }
            else if (search >= 0)
            {
                milliseconds[search] = took;
                found += hits[0].Id == SyntheticVectors.Id(passage) ? 1 : 0;
            }
        }

        // Not in between: an exact search leaves nothing of the index in the caches.
        for (int search = 0; search < compared; search++)
        {
            Next();
            IReadOnlyList<ScoredPassage> hits = snapshot.Searcher.Search(query, new SearchOptions()), exact = snapshot.Searcher.Search(query, new SearchOptions { Plan = SearchPlan.Exact });
            common += exact.Count(best => hits.Any(hit => hit.Id == best.Id));
            wanted += exact.Count;
        }

        Array.Sort(milliseconds);
        string recall = compared == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", recall@10 of the exact plan {(double)common / wanted:0.000} over {compared}");
        Line(to, $"search         p50 {milliseconds[counted / 2]:0.0} ms, p95 {milliseconds[counted * 95 / 100]:0.0} ms; the passage itself first for {found} of {counted}{recall}");

        int Next()
        {
            int passage = vectors.First + random.Below(vectors.Passages);
            HalfFloats.Widen(vectors.Rows(passage)[..(rows * vectors.Dimension)], query.Values);
            return passage;
        }
    }

    private static (double Wall, double Processor) Time(Action work, SyntheticVectors vectors)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        work();
        return (Stopwatch.GetElapsedTime(started).TotalSeconds - vectors.Seconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds - vectors.Seconds);
    }

    private static void Line(TextWriter to, FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Stages : IProgress<ProgressReport>
    {
        private long _last = Stopwatch.GetTimestamp();

        internal Dictionary<string, double> Seconds { get; } = [];

        public void Report(ProgressReport value)
        {
            long now = Stopwatch.GetTimestamp();
            Seconds[value.Stage] = Seconds.GetValueOrDefault(value.Stage) + Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
            _last = now;
        }
    }
}
