using System.IO.Compression;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Models.Errors;
using Jmlr.Models.Progress;

namespace Jmlr.Ingest.Tests.Pipeline;

public class IngestPipelineTests
{
    private static readonly Chunker Chunker = new(new WordTokenizer());

    [Fact]
    public void A_folder_is_read_in_order_with_defaults_rejections_and_versions()
    {
        using TemporaryFolder folder = Corpus();
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        List<ProgressReport> reports = [];
        IngestResult result = Run(store, Chunker, new IngestRequest { Paths = [folder["in"]] }, new Collect(reports));
        Assert.Equal((7, 6, 1, 0), (result.Read, result.Added, result.Updated, result.Unchanged));
        Assert.Equal(["bad.json", "broken.html"], result.Rejected.Select(r => r.Path.Split(':')[0]).Order());
        Assert.Equal(2, result.RejectedCount);
        Assert.Equal(result.Passages, store.Documents.Sum(d => d.PassageCount));
        DocumentRecord inForce = store.Find(DocumentKey.Parse("src:guide"))!;
        Assert.Equal((new DateOnly(2023, 1, 1), "The Panel", "CC0"), (inForce.Version.Published, inForce.Provenance.Publisher, inForce.Provenance.Licence));
        Assert.Equal("sub/new.md", inForce.Provenance.File);
        Assert.Equal(64, inForce.Provenance.FileHash!.Length);
        Assert.NotNull(store.Find(DocumentKey.Parse("nested:inner/deep")));
        Assert.Null(store.Documents.FirstOrDefault(d => d.Provenance.File!.Contains("hidden", StringComparison.Ordinal)));
        Assert.True(reports.Count > 3 && reports[^1].Done == reports[^1].Total);

        IngestResult again = Run(store, Chunker, new IngestRequest { Paths = [folder["in"]], Threads = 1 });
        Assert.Equal((7, 0, 0, 7, 0), (again.Read, again.Added, again.Updated, again.Unchanged, again.Passages));
    }

    [Fact]
    public void The_result_does_not_depend_on_threads_or_batches()
    {
        using TemporaryFolder folder = Corpus();
        string Snapshot(string name, int threads, int batch)
        {
            using PassageStore store = PassageStore.OpenForWriting(folder[name]);
            Run(store, Chunker, new IngestRequest { Paths = [folder["in"]], Threads = threads, BatchSize = batch });
            return string.Join('\n', store.Documents.SelectMany(d => store.ReadPassages(d).Select(p => $"{p.Id} {d.State} {p.RetrieverText}")));
        }

        string one = Snapshot("a", 1, 1);
        Assert.Equal(one, Snapshot("b", 2, 100));
        Assert.Equal(one, Snapshot("c", 4, 2));
    }

    [Fact]
    public void Two_files_of_one_key_and_date_are_not_stored_over_each_other()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.md"], "---\nkey: k\n---\nOne text.\n");
        File.WriteAllText(folder["b.md"], "---\nkey: k\n---\nAnother text.\n");
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestResult result = Run(store, Chunker, new IngestRequest { Paths = [folder["*.md"]], Source = "s" });
        Assert.Contains("a.md", Assert.Single(result.Rejected).Why, StringComparison.Ordinal);
        Assert.Equal("One text.", store.ReadDocument(Assert.Single(store.Documents)).Text);
    }

    [Fact]
    public void Standard_input_gzip_and_source_names_are_taken()
    {
        using TemporaryFolder folder = new();
        using (GZipStream gzip = new(File.Create(folder["q.jsonl.gz"]), CompressionLevel.Fastest))
        {
            gzip.Write("{\"id\":\"1\",\"question\":\"a?\"}\n"u8);
        }

        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        MemoryStream input = new(Encoding.UTF8.GetBytes("Plain words from the pipe.\n"));
        IngestResult result = Run(store, Chunker, new IngestRequest { Paths = ["-", folder["q.jsonl.gz"]], Source = "mine", StandardInput = input });
        Assert.Equal(2, result.Added);
        Assert.Equal(["mine:1", "mine:stdin"], store.Documents.Select(d => d.Key.ToString()));
    }

    [Fact]
    public void Long_files_of_lines_come_in_pieces_and_gzip_bombs_are_refused()
    {
        using TemporaryFolder folder = new();
        using (StreamWriter lines = new(folder["long.jsonl"]))
        {
            for (int i = 0; i < 30_000; i++)
            {
                lines.WriteLine(i == 29_000 ? "{broken" : $"{{\"id\":\"q{i}\",\"question\":\"{new string('x', 300)} {i}?\"}}");
            }
        }

        using (GZipStream gzip = new(File.Create(folder["bomb.txt.gz"]), CompressionLevel.SmallestSize))
        {
            byte[] zeros = new byte[1 << 20];
            Array.Fill(zeros, (byte)'a');
            for (int i = 0; i < 40; i++)
            {
                gzip.Write(zeros);
            }
        }

        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestResult result = Run(store, Chunker, new IngestRequest { Paths = [folder["bomb.txt.gz"], folder["long.jsonl"]], BatchSize = 10_000 });
        Assert.Equal(29_999, result.Added);
        Assert.Equal(["bomb.txt.gz", "long.jsonl:29001"], result.Rejected.Select(r => r.Path));
        Assert.Contains("times its size", result.Rejected[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_leaves_the_last_commit()
    {
        using TemporaryFolder folder = Corpus();
        using CancellationTokenSource cancel = new();
        using (PassageStore store = PassageStore.OpenForWriting(folder["store"]))
        {
            CancelAfter progress = new(cancel, 4);
            Assert.ThrowsAny<OperationCanceledException>(() => new IngestPipeline(store, Chunker).Run(new IngestRequest { Paths = [folder["in"]], BatchSize = 1, Threads = 1 }, progress, cancel.Token));
        }

        using PassageStore after = PassageStore.OpenForReading(folder["store"]);
        Assert.InRange(after.Documents.Count, 1, 5);
        Assert.All(after.Documents, record => Assert.NotEmpty(after.ReadPassages(record)));
    }

    [Fact]
    public void Another_chunker_chunks_what_is_stored_anew()
    {
        using TemporaryFolder folder = Corpus();
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        Run(store, Chunker, new IngestRequest { Paths = [folder["in"]] });
        Chunker small = new(new WordTokenizer(), ChunkerOptions.For(32));
        IngestResult result = Run(store, small, new IngestRequest { Paths = [folder["in"]] });
        Assert.Equal((0, small.Hash), (result.Added, store.ChunkerHash));
        Assert.All(store.Documents.SelectMany(store.ReadPassages), p => Assert.True(new WordTokenizer().Count(p.RetrieverText) + 3 <= 32));
    }

    [Fact]
    public void What_does_not_exist_is_said()
    {
        using TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        Assert.Throws<JmlrOperationException>(() => Run(store, Chunker, new IngestRequest { Paths = [folder["none"]] }));
        Assert.Throws<JmlrOperationException>(() => Run(store, Chunker, new IngestRequest { Paths = [folder["*.none"]] }));
        Assert.Throws<JmlrUsageException>(() => Run(store, Chunker, new IngestRequest { Paths = [folder.Path], Format = "wav" }));
    }

    private static IngestResult Run(PassageStore store, Chunker chunker, IngestRequest request, IProgress<ProgressReport>? progress = null) =>
        new IngestPipeline(store, chunker).Run(request, progress, TestContext.Current.CancellationToken);

    private static TemporaryFolder Corpus()
    {
        TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["in/sub"]);
        Directory.CreateDirectory(folder["in/inner"]);
        Directory.CreateDirectory(folder["in/.hidden"]);
        File.WriteAllText(folder["in/source.json"], "{\"source\":\"src\",\"publisher\":\"The Panel\",\"licence\":\"CC0\"}");
        File.WriteAllText(folder["in/inner/source.json"], "{\"source\":\"nested\"}");
        File.WriteAllText(folder["in/LICENSE"], "licence text");
        File.WriteAllText(folder["in/.hidden/x.md"], "# hidden");
        File.WriteAllText(folder["in/old.html"], "<html><head><meta name='jmlr:key' content='guide'><meta name='jmlr:published' content='2020-01-01'></head><body><h1>G</h1><p>Old advice on care.</p></body></html>");
        File.WriteAllText(folder["in/sub/new.md"], "---\nkey: guide\npublished: 2023-01-01\n---\n# G\n\nNew advice on care. " + string.Join(' ', Enumerable.Repeat("More words follow here.", 60)) + "\n");
        File.WriteAllText(folder["in/plain.txt"], "A plain text of a few words.\n");
        File.WriteAllText(folder["in/inner/deep.md"], "# Deep\n\nText deep inside.\n");
        File.WriteAllText(folder["in/questions.jsonl"], "{\"id\":\"q1\",\"question\":\"What?\",\"reasoning\":\"Thus.\"}\n{\"id\":\"q2\",\"question\":\"Why?\"}\n");
        File.WriteAllText(folder["in/broken.html"], "<html><body>" + string.Concat(Enumerable.Repeat("<div>", 5000)) + "x</body></html>");
        File.WriteAllText(folder["in/bad.json"], "{\"a\": ");
        return folder;
    }

    private sealed class Collect(List<ProgressReport> reports) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value) => reports.Add(value);
    }

    private sealed class CancelAfter(CancellationTokenSource cancel, int files) : IProgress<ProgressReport>
    {
        public void Report(ProgressReport value)
        {
            if (value.Done >= files)
            {
                cancel.Cancel();
            }
        }
    }
}
