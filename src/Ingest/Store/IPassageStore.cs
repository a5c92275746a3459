using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Similarity;

namespace Jmlr.Ingest.Store;

/// <summary>State of a document version.</summary>
public enum VersionState
{
    /// <summary>The version that answers are made of.</summary>
    InForce,
    /// <summary>Replaced by a newer version or by another document; readable by version and date.</summary>
    Superseded,
    /// <summary>Withdrawn by its publisher.</summary>
    Withdrawn,
    /// <summary>Removed by the user; kept until the store is compacted.</summary>
    Removed,
}

/// <summary>Catalogue entry of one stored document version.</summary>
public sealed record DocumentRecord(
    DocumentKey Key, DocumentVersion Version, string Title, Provenance Provenance, VersionState State,
    int PassageCount, long TextLength, DateTimeOffset Ingested, string? QuestionId = null);

/// <summary>What storing a document did.</summary>
public enum PutOutcome
{
    /// <summary>A new key.</summary>
    Added,
    /// <summary>A new version of a known key; the old one is superseded.</summary>
    Updated,
    /// <summary>The same version again; nothing was written.</summary>
    Unchanged,
}

/// <summary>What renaming a source did.</summary>
/// <param name="Documents">Documents of the source.</param>
/// <param name="Versions">Versions of them.</param>
/// <param name="Links">Versions of other sources whose "supersedes" link follows.</param>
public sealed record RenameOutcome(int Documents, int Versions, int Links);

/// <summary>
/// Documents, versions and passages by id. One writer at a time (lock file), many readers. Changes become visible and durable
/// together at <see cref="Commit"/>; after a crash the last commit is there whole. Damaged records are refused with <see cref="Models.Errors.JmlrIntegrityException"/>.
/// </summary>
public interface IPassageStore : IDisposable
{
    /// <summary>Number of the last commit, from 0.</summary>
    long Generation { get; }

    /// <summary>Hash of the chunker that made the passages, or null while the store is empty.</summary>
    string? ChunkerHash { get; }

    /// <summary>Every stored version, ordered by key, then by date.</summary>
    IReadOnlyList<DocumentRecord> Documents { get; }

    /// <summary>The record of a version (null: the version in force), or null.</summary>
    DocumentRecord? Find(DocumentKey key, DocumentVersion? version = null);

    /// <summary>The versions that were in force on a day, as far as the store knows today; undated ones always were.</summary>
    IReadOnlyList<DocumentRecord> InForceOn(DateOnly day);

    /// <summary>The document of a record.</summary>
    Document ReadDocument(DocumentRecord record);

    /// <summary>The passages of a record, by ordinal.</summary>
    IReadOnlyList<Passage> ReadPassages(DocumentRecord record);

    /// <summary>One passage, or null when the store has none of that id.</summary>
    Passage? ReadPassage(PassageId id);

    /// <summary>Of each of some stored passages, the ids of others that say the same in nearly the same words (<see cref="Similarity.PassageSignature"/>): of documents in force or withdrawn, other versions of its own apart.</summary>
    IReadOnlyList<IReadOnlyList<PassageId>> NearDuplicates(IReadOnlyList<Passage> passages);

    /// <summary>Stages a document with its passages.</summary>
    PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash);

    /// <summary>Stages the removal of all versions of a key; false when it is unknown.</summary>
    bool Remove(DocumentKey key);

    /// <summary>Stages another <paramref name="name"/> for a source: keys, versions and "supersedes" links follow, those of other sources too. Nothing may be staged before. A name that is taken or none is refused.</summary>
    RenameOutcome Rename(string source, string name, CancellationToken cancellation = default);

    /// <summary>Makes the staged changes durable and visible, all or none.</summary>
    void Commit();

    /// <summary>Stages a document with its passages, of which the sketches are known already.</summary>
    internal PutOutcome Put(Document document, IReadOnlyList<Passage> passages, string chunkerHash, PassageSketch[] sketches) => Put(document, passages, chunkerHash);

    /// <summary>How many of the passages stored after a commit say nearly the same as one that was there before; null when that is not counted.</summary>
    internal long? CountNearDuplicates(long after) => null;

    /// <summary>Cuts what is stored anew with another chunker, where the store can.</summary>
    internal void Rechunk(IChunker chunker, CancellationToken cancellation)
    {
    }
}
