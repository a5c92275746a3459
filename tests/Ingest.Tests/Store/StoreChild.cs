using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Ingest.Tests.Store;

/// <summary>
/// The child process of the crash tests: this test program started again with an environment variable that names the store. It stores batches of documents
/// and prints the number of each commit, until it is killed or done.
/// </summary>
static class StoreChild
{
    private const string Variable = "JMLR_INGEST_TEST_CHILD";
    public const int Batches = 40;
    public const int BatchSize = 8;

    public static Process Start(string folder)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Jmlr.Ingest.Tests")) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[Variable] = folder;
        return Process.Start(start)!;
    }

    public static Document Document(int batch, int index)
    {
        Random random = new((batch * 1000) + index);
        string text = string.Concat(Enumerable.Range(0, 200 + random.Next(4000)).Select(_ => (char)('a' + random.Next(26))));
        return Samples.Document($"d{batch}-{index}", text);
    }

    [ModuleInitializer]
    internal static void RunWhenChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not string folder)
        {
            return;
        }

        using (PassageStore store = PassageStore.OpenForWriting(folder))
        {
            for (int batch = (int)store.Generation; batch < Batches; batch++)
            {
                for (int i = 0; i < BatchSize; i++)
                {
                    Document document = Document(batch, i);
                    store.Put(document, Samples.Passages(document, 20), Samples.Chunker);
                }

                store.Commit();
                Console.WriteLine(store.Generation);
            }
        }

        Environment.Exit(0);
    }
}
