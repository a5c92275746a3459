using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Search;

/// <summary>
/// Token vectors from a safetensors file, so that any engine can be run on the same ones: <c>tokens</c> F16 [tokens, dim], <c>lengths</c> I32 [passages],
/// <c>queries</c> F32 [queries, rows, dim]. They are handed to the index as an embedding cache that holds every passage.
/// </summary>
sealed class RawVectors : IPassageSource, IEmbeddingCache, ITokenEncoder
{
    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, int> _byHash = [];

    internal RawVectors(string path)
    {
        _file = new SafetensorsFile(path);
        Lengths = MemoryMarshal.Cast<byte, int>(_file.GetBytes("lengths")).ToArray();
        Starts = new long[Lengths.Length + 1];
        for (int i = 0; i < Lengths.Length; i++)
        {
            Starts[i + 1] = Starts[i] + Lengths[i];
            _byHash[ContentHash.Of(ReadText(Id(i)))] = i;
        }

        Dimension = (int)_file.Tensors["tokens"].Shape[1];
        IReadOnlyList<long> shape = _file.Tensors["queries"].Shape;
        float[] values = new float[_file.Tensors["queries"].ElementCount];
        _file.ReadFloat32("queries", values);
        Queries = new TokenMatrix[shape[0]];
        int each = (int)(shape[1] * shape[2]);
        for (int q = 0; q < Queries.Length; q++)
        {
            Queries[q] = new TokenMatrix(Dimension);
            Queries[q].Resize((int)shape[1]);
            values.AsSpan(q * each, each).CopyTo(Queries[q].Values);
        }
    }

    public int Dimension { get; }

    public string Hash => "raw";

    public int QueryLength => 0;

    public int PassageLength => 0;

    public ITextTokenizer Tokenizer { get; } = new None();

    public IReadOnlyList<string> Ids => [.. Enumerable.Range(0, Lengths.Length).Select(Id)];

    internal int[] Lengths { get; }

    internal long[] Starts { get; }

    internal TokenMatrix[] Queries { get; }

    internal static string Id(int passage) => passage.ToString("D8", System.Globalization.CultureInfo.InvariantCulture);

    internal ReadOnlySpan<ushort> Rows(int passage) =>
        MemoryMarshal.Cast<byte, ushort>(_file.GetBytes("tokens")).Slice((int)Starts[passage] * Dimension, Lengths[passage] * Dimension);

    public string ReadText(string id) => id;

    public byte[]? Read(string encoderHash, string passageHash) => _byHash.TryGetValue(passageHash, out int passage) ? MemoryMarshal.AsBytes(Rows(passage)).ToArray() : null;

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value) => throw new NotSupportedException();

    public void Flush() { }

    public void EncodeQuery(string text, TokenMatrix destination) => throw new NotSupportedException();

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose() => _file.Dispose();

    private sealed class None : ITextTokenizer
    {
        public int VocabularySize => 0;

        public string Hash => "none";

        public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens) => throw new NotSupportedException();

        public int Count(ReadOnlySpan<char> text) => throw new NotSupportedException();

        public string Decode(IEnumerable<int> ids) => throw new NotSupportedException();
    }
}
