using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Packaging;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Bench.Search;

/// <summary>The PLAID plan beside the exact plan over one index: latency, and how many of the exact ten best it finds, by probes and candidates.</summary>
static class PlanBench
{
    private const int Top = 10;
    private const int MostQueries = 300;
    private const int DrawnQueries = 64;

    /// <summary>
    /// Searches the index in <paramref name="folder"/> for queries of a file: JSON lines with <c>text</c> or <c>question</c>, or a query a line. Where a workspace is named
    /// instead, for queries drawn from its passages, as a build calibrates the plan.
    /// </summary>
    public static void Run(string modelPath, string folder, string queryFile, int[] allProbes, int[] allCandidates, TextWriter to)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(folder);
        TokenMatrix[] queries = Encode(modelPath, queryFile, out double encoding);
        Line(to, $"index          {snapshot.Passages:N0} passages, {snapshot.Tokens:N0} tokens; {queries.Length} queries of {queries.Average(query => query.Rows):0} rows; encoding p50 {encoding:0.0} ms");
        HashSet<string>[] exact = Search(snapshot, queries, new SearchOptions { Top = Top, Plan = SearchPlan.Exact }, out string times);
        Line(to, $"exact          {times}");
        foreach (int probes in allProbes)
        {
            foreach (int candidates in allCandidates)
            {
                HashSet<string>[] found = Search(snapshot, queries, new SearchOptions { Top = Top, Plan = SearchPlan.Plaid, Probes = probes, Candidates = candidates }, out times);
                double recall = found.Zip(exact, (list, best) => best.Count == 0 ? 1 : list.Count(best.Contains) / (double)best.Count).Average();
                Line(to, $"plaid {probes,3} {candidates,5}  recall@10 {recall:0.0000}  {times}");
            }
        }
    }

    private static HashSet<string>[] Search(IndexSnapshot snapshot, TokenMatrix[] queries, SearchOptions options, out string times)
    {
        var lists = new HashSet<string>[queries.Length];
        double[] milliseconds = new double[queries.Length];
        for (int pass = 0; pass < 2; pass++) // the first pass touches blocks for the first time
        {
            for (int q = 0; q < queries.Length; q++)
            {
                long started = Stopwatch.GetTimestamp();
                IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(queries[q], options);
                milliseconds[q] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                lists[q] = [.. found.Select(hit => hit.Id)];
            }
        }

        Array.Sort(milliseconds);
        times = string.Create(CultureInfo.InvariantCulture, $"p50 {milliseconds[milliseconds.Length / 2],6:0.00} ms, p95 {milliseconds[(int)(milliseconds.Length * 0.95)],6:0.00} ms");
        return lists;
    }

    private static TokenMatrix[] Encode(string modelPath, string file, out double median)
    {
        using ColbertEncoder encoder = QuerySession.OpenEncoder(ModelFolder.Open(modelPath), new SessionOptions());
        if (Directory.Exists(file))
        {
            median = double.NaN;
            using IPassageStore store = Stores.OpenForReading(new Workspace(file));
            var source = new StorePassageSource(store);
            return [.. CalibrationQueries.Draw(encoder, source, source.Ids, DrawnQueries, new IndexSettings().Seed, CancellationToken.None)];
        }

        var queries = new List<TokenMatrix>();
        var times = new List<double>();
        foreach (string text in File.ReadLines(file).Take(MostQueries).Select(Text))
        {
            var query = new TokenMatrix(encoder.Dimension);
            long started = Stopwatch.GetTimestamp();
            encoder.EncodeQuery(text, query);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            queries.Add(query);
        }

        median = times.Order().ElementAt(times.Count / 2);
        return [.. queries];
    }

    private static string Text(string line)
    {
        if (!line.StartsWith('{'))
        {
            return line;
        }

        using JsonDocument record = JsonDocument.Parse(line);
        return (record.RootElement.TryGetProperty("text", out JsonElement text) ? text : record.RootElement.GetProperty("question")).GetString()!;
    }

    private static void Line(TextWriter to, FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
