namespace Jmlr.Index.Storage;

/// <summary>What an index is built from: passages by id, each with the text that the retriever encodes.</summary>
public interface IPassageSource
{
    /// <summary>All ids, different from one another, in any order. An id stands for one text for ever: a changed text needs a new id.</summary>
    IReadOnlyList<string> Ids { get; }

    /// <summary>Retriever text of a passage.</summary>
    string ReadText(string id);
}
