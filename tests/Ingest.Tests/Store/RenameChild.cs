using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Ingest.Store;

namespace Jmlr.Ingest.Tests.Store;

/// <summary>The child process of the kill test of renaming: renames the one source of a store to and fro and prints a line before each, until it is killed.</summary>
static class RenameChild
{
    private const string Variable = "JMLR_INGEST_TEST_RENAME";

    public static Process Start(string folder)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Jmlr.Ingest.Tests")) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[Variable] = folder;
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    internal static void RunWhenChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not string folder)
        {
            return;
        }

        using PassageStore store = PassageStore.OpenForWriting(folder);
        for (int i = 0; i < 1000; i++)
        {
            Console.WriteLine(i);
            string name = store.Documents.First(d => d.State != VersionState.Removed).Key.Source;
            store.Rename(name, name == "test" ? "ward" : "test");
            store.Commit();
        }

        Environment.Exit(0);
    }
}
