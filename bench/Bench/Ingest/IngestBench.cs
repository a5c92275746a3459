using System.Diagnostics;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Bench.Ingest;

/// <summary>Rates of an ingestion (parse, chunk, store; no encoding), of opening the store, and of reading passages at random.</summary>
static class IngestBench
{
    /// <summary>Ingests <paramref name="paths"/> into the empty folder <paramref name="store"/>, reopens it, and writes the rates. Opening counts only in a fresh process.</summary>
    public static void Run(string vocabulary, string store, IReadOnlyList<string> paths, TextWriter to)
    {
        Chunker chunker = new(WordPieceTokenizer.FromFile(vocabulary));
        using (PassageStore writer = PassageStore.OpenForWriting(store))
        {
            IngestResult result = new IngestPipeline(writer, chunker).Run(new IngestRequest { Paths = paths });
            using Process self = Process.GetCurrentProcess();
            to.WriteLine($"ingest: {result.Read / result.Seconds:F0} documents/s, {result.Bytes / result.Seconds / 1e6:F1} MB/s, {result.Passages} passages, {result.RejectedCount} rejected, peak {self.PeakWorkingSet64 >> 20} MiB");
        }

        Open(store, to);
    }

    /// <summary>Opens a store for reading, reads ten passages, then twenty thousand.</summary>
    public static void Open(string store, TextWriter to)
    {
        long start = Stopwatch.GetTimestamp();
        using PassageStore reader = PassageStore.OpenForReading(store);
        to.WriteLine($"open: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        IReadOnlyList<DocumentRecord> documents = reader.Documents;
        to.WriteLine($"{documents.Count} documents listed: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        Random random = new(1);
        Read(reader, documents, random, 10);
        to.WriteLine($"10 passages read: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        start = Stopwatch.GetTimestamp();
        Read(reader, documents, random, 20_000);
        to.WriteLine($"random reads: {20_000 / Stopwatch.GetElapsedTime(start).TotalSeconds:F0} passages/s");
    }

    private static void Read(PassageStore store, IReadOnlyList<DocumentRecord> documents, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            DocumentRecord record = documents[random.Next(documents.Count)];
            store.ReadPassage(new PassageId(record.Key, record.Version, random.Next(record.PassageCount)));
        }
    }
}
