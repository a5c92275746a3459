using Jmlr.Models.Tokenizers;

namespace Jmlr.Index.Encoding;

/// <summary>Receives the token vectors of one passage: [tokens, dimension] fp32, unit length each; the span is valid during the call only.</summary>
public delegate void PassageVectors(int passage, ReadOnlySpan<float> vectors);

/// <summary>A late-interaction retriever: one unit vector per kept token (ColBERT). Not thread-safe; one per worker.</summary>
public interface ITokenEncoder : IDisposable
{
    /// <summary>SHA-256 (hex) over weights, projection, tokenizer, markers and lengths: two encoders of one hash give the same vectors, up to the rounding of their precision.</summary>
    string Hash { get; }

    /// <summary>Dimension of a token vector.</summary>
    int Dimension { get; }

    /// <summary>Tokens of a query, markers included (ColBERT query_maxlen).</summary>
    int QueryLength { get; }

    /// <summary>Longest passage in tokens, markers included (ColBERT doc_maxlen).</summary>
    int PassageLength { get; }

    /// <summary>Whether a query has a marker token after [CLS].</summary>
    bool MarksQueries => true;

    /// <summary>Whether a passage has a marker token after [CLS].</summary>
    bool MarksPassages => true;

    /// <summary>Tokenizer of the encoder; the chunker counts with it.</summary>
    ITextTokenizer Tokenizer { get; }

    /// <summary>Encodes one query into <paramref name="destination"/> [tokens, dimension]. Queries longer than <see cref="QueryLength"/> are encoded in windows, never cut.</summary>
    void EncodeQuery(string text, TokenMatrix destination);

    /// <summary>Encodes passages (any number, any order of delivery) in length-bucketed batches. A text longer than <see cref="PassageLength"/> is an error.</summary>
    void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation);
}
