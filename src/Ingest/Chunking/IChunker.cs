using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Chunking;

/// <summary>Cuts documents into passages that fit the retriever.</summary>
public interface IChunker
{
    /// <summary>Hash of algorithm, lengths and tokenizer; part of the identity of an index.</summary>
    string Hash { get; }

    /// <summary>Passages in reading order; their spans cover every visible word of the document.</summary>
    IReadOnlyList<Passage> Chunk(Document document);
}
