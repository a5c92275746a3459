using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Storage;

/// <summary>The passages of every document version that a passage store still has, superseded and withdrawn ones too: which of them a search may find is said by its filter.</summary>
public sealed class StorePassageSource : IPassageSource
{
    private readonly IPassageStore _store;

    /// <summary>Lists the passages of <paramref name="store"/> as of now.</summary>
    public StorePassageSource(IPassageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        Ids = [.. store.Documents.Where(document => document.State != VersionState.Removed).SelectMany(document => store.ReadPassages(document)).Select(passage => passage.Id.ToString())];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Ids { get; }

    /// <inheritdoc/>
    public string ReadText(string id) =>
        _store.ReadPassage(PassageId.Parse(id))?.RetrieverText ?? throw new JmlrOperationException($"passage '{id}' has gone from the store while the index was built: run the command again");
}
