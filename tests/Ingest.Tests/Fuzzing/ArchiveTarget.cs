using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>Archives and gzip files through the pipeline, which reads them from standard input.</summary>
sealed class ArchiveTarget : FuzzTarget
{
    private static readonly (string Name, byte[] Bytes)[] Files =
    [
        ("source.json", "{\"publisher\":\"P\"}"u8.ToArray()), ("README.md", "about"u8.ToArray()), ("a.txt", "Some text."u8.ToArray()), ("d/b.html", "<p>More</p>"u8.ToArray()), ("d/c.jsonl", "{\"text\":\"x\"}\n{\n"u8.ToArray()),
    ];

    private readonly Func<Random, byte[], byte[]> _again;

    private ArchiveTarget(string name, byte[] seed, Func<Random, byte[], byte[]> again)
        : base(name, [seed], "../", "/", "\\", "a.txt", "source.json", "README.md", ".hidden", "PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "ustar", "0000644", "777", "0", "1", "2", "5", "L", "x", "g", "S", "20 path=x\n") => _again = again;

    public static FuzzTarget Zip { get; } = new ArchiveTarget("zip", Zips.Of(Files), static (_, bytes) => bytes);

    public static FuzzTarget Tar { get; } = new ArchiveTarget("tar", Tape(), static (random, bytes) => random.Next(4) == 0 ? bytes : Sealed(bytes));

    public static FuzzTarget TarGzip { get; } = new ArchiveTarget("tar.gz", Tape(), static (random, bytes) => Packed(random, Sealed(bytes)));

    public static FuzzTarget Gzip { get; } = new ArchiveTarget("gz", Files[3].Bytes, Packed);

    public override byte[] Make(Random random) => _again(random, base.Make(random));

    public override int Run(byte[] input)
    {
        using Nowhere store = new();
        IngestResult result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = ["-"], Source = "s", Threads = 1, StandardInput = new MemoryStream(input, writable: false) });
        Assert.DoesNotContain(result.Rejected, static rejection => rejection.Why.StartsWith("reading failed", StringComparison.Ordinal) || rejection.Why.Contains('\n', StringComparison.Ordinal));
        return (int)result.Read;
    }

    /// <summary>A tar archive whose headers have the right checksums again.</summary>
    private static byte[] Sealed(byte[] bytes)
    {
        byte[] whole = [.. bytes, .. new byte[(512 - (bytes.Length % 512)) % 512]];
        for (int at = 0; at < whole.Length; at += 512)
        {
            Span<byte> header = whole.AsSpan(at, 512);
            if (header[257..].StartsWith("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                int sum = 0;
                foreach (byte one in header)
                {
                    sum += one;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
            }
        }

        return whole;
    }

    /// <summary>Packed, and seldom damaged after that.</summary>
    private static byte[] Packed(Random random, byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        byte[] all = packed.ToArray();
        if (all.Length > 0 && random.Next(3) == 0)
        {
            int at = random.Next(all.Length);
            all = random.Next(3) == 0 ? all[..at] : random.Next(2) == 0 ? ByteMutations.Replace(all, at, 1, [(byte)random.Next(256)]) : [.. all, .. all];
        }

        return all;
    }

    private static byte[] Tape()
    {
        using MemoryStream bytes = new();
        using (TarWriter tar = new(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in Files)
            {
                TarEntry entry = name == "a.txt" ? new PaxTarEntry(TarEntryType.RegularFile, name, new Dictionary<string, string> { ["comment"] = "c" }) : new UstarTarEntry(TarEntryType.RegularFile, name);
                entry.DataStream = new MemoryStream(content);
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                tar.WriteEntry(entry);
            }

            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "a.txt", ModificationTime = DateTimeOffset.UnixEpoch });
        }

        return bytes.ToArray();
    }

    /// <summary>A store that checks what it is given and keeps nothing.</summary>
    private sealed class Nowhere : IPassageStore
    {
        public long Generation => 0;

        public string? ChunkerHash => null;

        public IReadOnlyList<DocumentRecord> Documents => [];

        public DocumentRecord? Find(DocumentKey key, DocumentVersion? version = null) => null;

        public IReadOnlyList<DocumentRecord> InForceOn(DateOnly day) => [];

        public Document ReadDocument(DocumentRecord record) => throw new NotSupportedException();

        public IReadOnlyList<Passage> ReadPassages(DocumentRecord record) => [];

        public Passage? ReadPassage(PassageId id) => null;

        public IReadOnlyList<IReadOnlyList<PassageId>> NearDuplicates(IReadOnlyList<Passage> passages) => [];

        public PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash)
        {
            DocumentChecks.Check(document);
            return PutOutcome.Added;
        }

        public bool Remove(DocumentKey key) => false;

        public RenameOutcome Rename(string source, string name, CancellationToken cancellation = default) => throw new NotSupportedException();

        public void Commit()
        {
        }

        public void Dispose()
        {
        }
    }
}
