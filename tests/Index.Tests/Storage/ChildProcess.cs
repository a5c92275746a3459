using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Index.Storage;

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
