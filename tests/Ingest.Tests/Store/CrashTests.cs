using System.Diagnostics;
using System.Globalization;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Ingest.Tests.Store;

public class CrashTests
{
    [Fact]
    public void Killed_at_any_moment_the_store_opens_at_its_last_commit_and_the_work_can_go_on()
    {
        using TemporaryFolder folder = new();
        Random random = new(7);
        int kills = 0;
        long printed = 0;
        while (kills < 12)
        {
            using Process child = StoreChild.Start(folder.Path);
            int lines = 1 + random.Next(2);
            for (int i = 0; i < lines && child.StandardOutput.ReadLine() is string line; i++)
            {
                printed = long.Parse(line, CultureInfo.InvariantCulture);
            }

            Thread.Sleep(random.Next(12)); // somewhere inside the next batch
            child.Kill(); // SIGKILL
            kills++;
            child.WaitForExit();
            foreach (string late in child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                printed = long.TryParse(late, CultureInfo.InvariantCulture, out long number) ? Math.Max(printed, number) : printed;
            }

            Verify(folder.Path, printed, all: kills % 4 == 0);
        }

        using (Process child = StoreChild.Start(folder.Path))
        {
            child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            Assert.Equal(0, child.ExitCode);
        }

        Assert.Equal(StoreChild.Batches, Verify(folder.Path, StoreChild.Batches, all: true));
    }

    private static long Verify(string folder, long atLeast, bool all)
    {
        using PassageStore store = PassageStore.OpenForReading(folder);
        Assert.InRange(store.Generation, atLeast, atLeast + 1); // a commit may be done before it is printed
        Assert.Equal(store.Generation * StoreChild.BatchSize, store.Documents.Count);
        for (int batch = all ? 0 : Math.Max(0, (int)store.Generation - 1); batch < store.Generation; batch++)
        {
            for (int i = 0; i < StoreChild.BatchSize; i++)
            {
                Document expected = StoreChild.Document(batch, i);
                DocumentRecord record = store.Find(expected.Key)!;
                Assert.Equal(expected.Text, store.ReadDocument(record).Text);
                Assert.Equal(20, store.ReadPassages(record).Count);
            }
        }

        return store.Generation;
    }
}
