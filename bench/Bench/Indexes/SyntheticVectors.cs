using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Indexes;

/// <summary>
/// Any number of passages of unit vectors around common directions, made on demand and handed to the index as an embedding cache that holds them all.
/// What making them takes is counted, so that it can be left out.
/// </summary>
sealed class SyntheticVectors(int first, int passages) : IPassageSource, IEmbeddingCache, ITokenEncoder
{
    internal const int TokensEach = 120;
    private const int Topics = 8192;
    private const float Noise = 0.75f; // length of the noise over that of the topic: residuals like those of real token vectors

    private readonly float[] _topics = MakeTopics();
    private readonly Dictionary<string, int> _byHash = Enumerable.Range(first, passages).ToDictionary(passage => ContentHash.Of(Id(passage)));
    private readonly byte[] _rows = new byte[TokensEach * 128 * sizeof(ushort)];

    /// <summary>Seconds spent making vectors.</summary>
    internal double Seconds { get; private set; }

    /// <summary>The same in time of the processor.</summary>
    internal double ProcessorSeconds { get; private set; }

    public int Dimension => 128;

    public string Hash => "synthetic";

    public int QueryLength => 32;

    public int PassageLength => TokensEach;

    public ITextTokenizer Tokenizer { get; } = new None();

    public IReadOnlyList<string> Ids => [.. Enumerable.Range(first, passages).Select(Id)];

    public string ReadText(string id) => id;

    public byte[]? Read(string encoderHash, string passageHash)
    {
        if (!_byHash.TryGetValue(passageHash, out int passage))
        {
            return null;
        }

        long started = Stopwatch.GetTimestamp();
        TimeSpan before = Environment.CpuUsage.TotalTime; // nothing else runs meanwhile
        ulong state = (ulong)passage * 0x9E3779B97F4A7C15;
        Span<ushort> rows = MemoryMarshal.Cast<byte, ushort>(_rows.AsSpan());
        Span<float> vector = stackalloc float[128];
        for (int token = 0; token < TokensEach; token++)
        {
            // Words repeat: small topic numbers are frequent.
            double share = (Next(ref state) >> 11) / (double)(1UL << 53);
            Fill(vector, ref state, _topics.AsSpan((int)(share * share * Topics) * 128, 128), Noise);
            for (int d = 0; d < 128; d++)
            {
                rows[(token * 128) + d] = HalfFloats.Narrow(vector[d]);
            }
        }

        byte[] copy = [.. _rows];
        Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        ProcessorSeconds += (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        return copy;
    }

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value) => throw new NotSupportedException();

    public void Flush() { }

    public void EncodeQuery(string text, TokenMatrix destination) => throw new NotSupportedException();

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose() { }

    private static string Id(int passage) => passage.ToString("D8", CultureInfo.InvariantCulture);

    private static float[] MakeTopics()
    {
        float[] topics = new float[Topics * 128];
        ulong state = 99;
        for (int topic = 0; topic < Topics; topic++)
        {
            Fill(topics.AsSpan(topic * 128, 128), ref state, default, 1);
        }

        return topics;
    }

    /// <summary>A unit vector: centre plus nearly normal noise (the sum of four uniform bytes for each dimension).</summary>
    private static void Fill(Span<float> vector, ref ulong state, ReadOnlySpan<float> centre, float noise)
    {
        float scale = noise / (147.8f * MathF.Sqrt(128)), square = 0;
        for (int d = 0; d < vector.Length; d += 2)
        {
            ulong bits = Next(ref state);
            for (int half = 0; half < 2; half++, bits >>= 32)
            {
                int sum = (int)(bits & 255) + (int)((bits >> 8) & 255) + (int)((bits >> 16) & 255) + (int)((bits >> 24) & 255) - 510;
                float value = (sum * scale) + (centre.IsEmpty ? 0 : centre[d + half]);
                vector[d + half] = value;
                square += value * value;
            }
        }

        float inverse = 1 / MathF.Sqrt(square);
        for (int d = 0; d < vector.Length; d++)
        {
            vector[d] *= inverse;
        }
    }

    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private sealed class None : ITextTokenizer
    {
        public int VocabularySize => 0;

        public string Hash => "none";

        public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens) => throw new NotSupportedException();

        public int Count(ReadOnlySpan<char> text) => throw new NotSupportedException();

        public string Decode(IEnumerable<int> ids) => throw new NotSupportedException();
    }
}
