namespace Jmlr.Index.Storage;

/// <summary>What an index was made with; searching it with anything else would rank by noise.</summary>
/// <param name="Encoder">Hash of the retriever (<see cref="Encoding.ITokenEncoder.Hash"/>).</param>
/// <param name="Tokenizer">Hash of its tokenizer.</param>
/// <param name="Chunker">Hash of the chunker that cut the passages.</param>
/// <param name="Dimension">Dimension of a token vector.</param>
public sealed record IndexIdentity(string Encoder, string Tokenizer, string Chunker, int Dimension)
{
    /// <summary>Identity of what <paramref name="encoder"/> makes of passages cut by the chunker of that hash.</summary>
    public static IndexIdentity Of(Encoding.ITokenEncoder encoder, string chunkerHash)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new IndexIdentity(encoder.Hash, encoder.Tokenizer.Hash, chunkerHash, encoder.Dimension);
    }

    /// <summary>Throws <see cref="Models.Errors.JmlrOperationException"/> with the cure when <paramref name="wanted"/> differs.</summary>
    internal void Demand(IndexIdentity wanted, string folder)
    {
        if (Encoder != wanted.Encoder || Dimension != wanted.Dimension)
        {
            Throw.OtherIdentity(folder, "retriever", Encoder, wanted.Encoder);
        }

        if (Tokenizer != wanted.Tokenizer)
        {
            Throw.OtherIdentity(folder, "tokenizer", Tokenizer, wanted.Tokenizer);
        }

        if (Chunker != wanted.Chunker)
        {
            Throw.OtherIdentity(folder, "chunker", Chunker, wanted.Chunker);
        }
    }
}
