using Jmlr.Index.Encoding;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Index.Tests.Search;

/// <summary>A retriever whose passages are numbers of given token vectors [tokens, 128].</summary>
sealed class GivenVectors(float[] vectors, int[] lengths) : ITokenEncoder
{
    public string Hash => "given";

    public int Dimension => 128;

    public int QueryLength => 32;

    public int PassageLength => 512;

    public ITextTokenizer Tokenizer { get; } = new WordEncoder().Tokenizer;

    public ReadOnlySpan<float> Of(int passage) => vectors.AsSpan(lengths[..passage].Sum() * Dimension, lengths[passage] * Dimension);

    /// <summary>Number of vectors of the passages [first, end).</summary>
    public long Tokens(int first, int end) => lengths[first..end].Sum();

    public void EncodeQuery(string text, TokenMatrix destination) => throw new NotSupportedException();

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            receiver(i, Of(int.Parse(texts[i], System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    public void Dispose() { }
}
