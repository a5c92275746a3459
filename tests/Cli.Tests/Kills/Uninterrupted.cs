using System.IO.Hashing;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Models.Packaging;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Tests.Kills;

/// <summary>What one ingestion without a kill stores: the ids of each commit, and a digest of every version.</summary>
sealed class Uninterrupted
{
    private readonly List<HashSet<string>> _commits = [[]];

    /// <summary>Ingests with the program's own model, in this process.</summary>
    public Uninterrupted(string folder, string corpus)
    {
        string model = Path.Combine(SharedData.Repository, "models", "jmlr-mini");
        RetrieverSettings settings = ModelFolder.Open(model).Manifest.Retriever;
        Chunker chunker = new(WordPieceTokenizer.FromFolder(Path.Combine(model, settings.Folder)), ChunkerOptions.For(settings.PassageLength));
        using PassageStore store = PassageStore.OpenForWriting(new Workspace(folder).StorePath);
        using Watched watched = new(store, _commits);
        Result = new IngestPipeline(watched, chunker).Run(new IngestRequest { Paths = [corpus] }, cancellation: TestContext.Current.CancellationToken);
        Contents = Digest(store, withState: true);
        Versions = Digest(store, withState: false);
    }

    public IngestResult Result { get; }

    /// <summary>Digest of every version, its state included.</summary>
    public Dictionary<string, ulong> Contents { get; }

    private Dictionary<string, ulong> Versions { get; }

    /// <summary>What a store must hold after this many commits.</summary>
    public Dictionary<string, ulong> After(long commits) => Versions.Where(version => _commits[(int)commits].Contains(version.Key)).ToDictionary();

    public int Commits => _commits.Count - 1;

    public static Dictionary<string, ulong> Digest(PassageStore store, bool withState)
    {
        Dictionary<string, ulong> digests = [];
        foreach (DocumentRecord record in store.Documents)
        {
            StringBuilder all = new();
            Document document = store.ReadDocument(record);
            all.Append(document.Title).Append(document.Provenance with { Retrieved = null }).Append(document.Text).Append(withState ? record.State : null);
            foreach (Passage passage in store.ReadPassages(record))
            {
                all.Append(passage.Id).Append(passage.Heading).Append(passage.Text).Append(passage.Span).Append(passage.Kind).Append(passage.Grade);
            }

            digests.Add($"{record.Key}@{record.Version}", XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(all.ToString())));
        }

        return digests;
    }

    /// <summary>Notes what each commit adds.</summary>
    private sealed class Watched(PassageStore store, List<HashSet<string>> commits) : IPassageStore
    {
        private readonly HashSet<string> _all = [];

        public long Generation => store.Generation;

        public string? ChunkerHash => store.ChunkerHash;

        public IReadOnlyList<DocumentRecord> Documents => store.Documents;

        public DocumentRecord? Find(DocumentKey key, DocumentVersion? version = null) => store.Find(key, version);

        public IReadOnlyList<DocumentRecord> InForceOn(DateOnly day) => store.InForceOn(day);

        public Document ReadDocument(DocumentRecord record) => store.ReadDocument(record);

        public IReadOnlyList<Passage> ReadPassages(DocumentRecord record) => store.ReadPassages(record);

        public Passage? ReadPassage(PassageId id) => store.ReadPassage(id);

        public IReadOnlyList<IReadOnlyList<PassageId>> NearDuplicates(IReadOnlyList<Passage> passages) => store.NearDuplicates(passages);

        public bool Remove(DocumentKey key) => store.Remove(key);

        public RenameOutcome Rename(string source, string name, CancellationToken cancellation = default) => store.Rename(source, name, cancellation);

        public void Dispose()
        {
        }

        public PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash)
        {
            _all.Add($"{document.Key}@{document.Version}");
            return store.Put(document, passages, chunkerHash);
        }

        public void Commit()
        {
            store.Commit();
            if (store.Generation == commits.Count)
            {
                commits.Add([.. _all]);
            }
        }
    }
}
