using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Indexes;

/// <summary>Token vectors that are there already, handed to an index as an embedding cache that holds them all. A passage's text and id is its number.</summary>
abstract class GivenVectors : IPassageSource, IEmbeddingCache, ITokenEncoder
{
    private readonly Dictionary<ulong, int> _byHash = [];
    private int _end;

    public abstract int Dimension { get; }

    public string Hash => "given";

    public int QueryLength => 0;

    public int PassageLength => 0;

    public ITextTokenizer Tokenizer { get; } = new None();

    public IReadOnlyList<string> Ids => [.. Enumerable.Range(First, Passages).Select(Id)];

    /// <summary>Number of the first passage.</summary>
    internal int First { get; private set; }

    internal int Passages => _end - First;

    internal static string Id(int passage) => passage.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>Says which passages there are: the numbers from <paramref name="first"/> up to <paramref name="end"/>.</summary>
    protected void Number(int first, int end)
    {
        (First, _end) = (first, end);
        for (int passage = first; passage < end; passage++)
        {
            _byHash.Add(Key(ContentHash.Of(Id(passage))), passage);
        }
    }

    /// <summary>fp16 vectors [tokens, dim] of a passage.</summary>
    internal abstract ReadOnlySpan<ushort> Rows(int passage);

    public string ReadText(string id) => id;

    public byte[]? Read(string encoderHash, string passageHash) => _byHash.TryGetValue(Key(passageHash), out int passage) ? MemoryMarshal.AsBytes(Rows(passage)).ToArray() : null;

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value) => throw new NotSupportedException();

    public void Flush() { }

    /// <summary>The first vectors of each passage that the text names.</summary>
    public void EncodeQuery(string text, TokenMatrix destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        float[] values = [];
        string[] named = text.Split(' ');
        foreach (string passage in named)
        {
            ReadOnlySpan<ushort> rows = Rows(int.Parse(passage, CultureInfo.InvariantCulture));
            float[] first = new float[Math.Min(QueryRows / named.Length * Dimension, rows.Length)];
            HalfFloats.Widen(rows[..first.Length], first);
            values = [.. values, .. first];
        }

        destination.Resize(values.Length / Dimension);
        values.CopyTo(destination.Values);
    }

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual void Dispose() { }

    private const int QueryRows = 32;

    private static ulong Key(string hash) => BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(hash.AsSpan(0, 16)));

    private sealed class None : ITextTokenizer
    {
        public int VocabularySize => 0;

        public string Hash => "none";

        public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens) => throw new NotSupportedException();

        public int Count(ReadOnlySpan<char> text) => throw new NotSupportedException();

        public string Decode(IEnumerable<int> ids) => throw new NotSupportedException();
    }
}
