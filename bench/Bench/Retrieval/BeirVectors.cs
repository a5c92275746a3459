using System.Globalization;
using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Retrieval;

/// <summary>A collection encoded once: the fp16 token vectors of its passages, handed to any number of indexes as an embedding cache that holds them all, and its queries.</summary>
sealed class BeirVectors : IPassageSource, IEmbeddingCache, ITokenEncoder
{
    private readonly ushort[][] _rows;
    private readonly Dictionary<string, int> _byHash;

    internal BeirVectors(BeirCollection collection, ColbertEncoder encoder)
    {
        Dimension = encoder.Dimension;
        Queries = collection.Queries.ConvertAll(text =>
        {
            var query = new TokenMatrix(encoder.Dimension);
            encoder.EncodeQuery(text, query);
            return query;
        });
        _rows = new ushort[collection.Passages.Count][];
        List<TokenSpan> tokens = [];
        int room = encoder.PassageLength - 3; // [CLS], marker, [SEP]
        string[] cut = [.. collection.Passages.Select(text =>
        {
            tokens.Clear();
            encoder.Tokenizer.Encode(text, tokens);
            return tokens.Count <= room ? text : text[..tokens[room - 1].End];
        })];
        encoder.EncodePassages(cut, (passage, vectors) =>
        {
            ushort[] rows = new ushort[vectors.Length];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = HalfFloats.Narrow(vectors[i]);
            }

            _rows[passage] = rows;
        }, CancellationToken.None);
        _byHash = Enumerable.Range(0, _rows.Length).ToDictionary(passage => ContentHash.Of(Id(passage)));
        Tokens = _rows.Sum(rows => (long)rows.Length) / Dimension;
    }

    public int Dimension { get; }

    public string Hash => "beir";

    public int QueryLength => 0;

    public int PassageLength => 0;

    public ITextTokenizer Tokenizer { get; } = new None();

    public IReadOnlyList<string> Ids => [.. Enumerable.Range(0, _rows.Length).Select(Id)];

    internal List<TokenMatrix> Queries { get; }

    internal int Passages => _rows.Length;

    internal long Tokens { get; }

    internal static string Id(int passage) => passage.ToString("D8", CultureInfo.InvariantCulture);

    internal ReadOnlySpan<ushort> Rows(int passage) => _rows[passage];

    public string ReadText(string id) => id;

    public byte[]? Read(string encoderHash, string passageHash) => _byHash.TryGetValue(passageHash, out int passage) ? MemoryMarshal.AsBytes(_rows[passage].AsSpan()).ToArray() : null;

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value) => throw new NotSupportedException();

    public void Flush() { }

    public void EncodeQuery(string text, TokenMatrix destination) => throw new NotSupportedException();

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose() { }

    private sealed class None : ITextTokenizer
    {
        public int VocabularySize => 0;

        public string Hash => "none";

        public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens) => throw new NotSupportedException();

        public int Count(ReadOnlySpan<char> text) => throw new NotSupportedException();

        public string Decode(IEnumerable<int> ids) => throw new NotSupportedException();
    }
}
