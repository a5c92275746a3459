using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Files;

namespace Jmlr.Index.Tests.Storage;

/// <summary>
/// The test assembly started again as another process that builds, updates or compacts an index and is killed meanwhile. A module initializer takes
/// over before the test runner does.
/// </summary>
static class ChildProcess
{
    private const string Variable = "JMLR_TEST_INDEX_CHILD";

    [ModuleInitializer]
    internal static void TakeOver()
    {
        if (Environment.GetEnvironmentVariable(Variable) is string command)
        {
            string[] parts = command.Split('|');
            Environment.Exit(Work(parts[0], parts[1], int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>Starts a child that does <paramref name="verb"/> on <paramref name="folder"/>.</summary>
    internal static Process Start(string verb, string folder, int argument)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        start.Environment[Variable] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{verb}|{folder}|{argument}");
        return Process.Start(start)!;
    }

    /// <summary>Settings and passages that parent and child agree on.</summary>
    internal static IndexBuilder Builder(string folder) =>
        new(Path.Combine(folder, "index"), new WordEncoder(), new FolderCache(Path.Combine(folder, "cache")), "chunker-1", new IndexSettings { Threads = 1, EncodeBatch = 16, SegmentTokens = 4000 });

    internal static ListedPassages State(int number) => IndexFixture.Passages(300 + (number * 10), first: number * 40);

    /// <summary>What a search finds in a snapshot, as a hash of all ids and scores.</summary>
    internal static string Answer(IndexSnapshot snapshot)
    {
        using var encoder = new WordEncoder();
        var query = new Jmlr.Index.Encoding.TokenMatrix(encoder.Dimension);
        encoder.EncodeQuery("acute chest pain troponin aspirin", query);
        IReadOnlyList<ScoredPassage> found = snapshot.Searcher.Search(query, new SearchOptions { Top = 500 });
        return ContentHash.Of(string.Join('\n', found.Select(passage => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{passage.Id} {passage.Score:R}"))));
    }

    /// <summary>Searches until told to stop: now the newest generation, now one opened some rounds ago; a line for each answer.</summary>
    private static void Read(string index, string stop)
    {
        IndexSnapshot? held = null;
        for (int round = 0; ; round++)
        {
            bool last = File.Exists(stop);
            if (round % 5 == 0)
            {
                held?.Dispose();
                held = IndexSnapshot.Open(index, threads: 1);
            }

            using IndexSnapshot newest = IndexSnapshot.Open(index, threads: 1);
            Console.WriteLine($"{newest.Generation} {Answer(newest)}");
            Console.WriteLine($"{held!.Generation} {Answer(held)}");
            if (last)
            {
                held.Dispose();
                return;
            }
        }
    }

    private static int Work(string verb, string folder, int argument)
    {
        try
        {
            Console.WriteLine("ready");
            switch (verb)
            {
                case "build":
                    Builder(folder).Build(State(argument));
                    break;
                case "update":
                    Builder(folder).Update(State(argument));
                    break;
                case "compact":
                    IndexMaintenance.Compact(Path.Combine(folder, "index"));
                    break;
                case "read":
                    Read(Path.Combine(folder, "index"), Path.Combine(folder, "stop"));
                    break;
                case "commits":
                    for (int i = 0; i < argument; i++)
                    {
                        Builder(folder).Update(State(i % 3));
                    }

                    break;
            }

            return 0;
        }
        catch (Models.Errors.JmlrException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
