using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Index.Tests.Storage;

/// <summary>A retriever without a model: every word has a direction of its own, nudged by its neighbour, so that passages sharing words are close.</summary>
sealed class WordEncoder(int dimension = 32, string hash = "encoder-1") : ITokenEncoder
{
    public int EncodedPassages { get; private set; }

    /// <summary>Called before each passage; a test throws or waits here.</summary>
    public Action<int>? Before { get; set; }

    public string Hash { get; } = ContentHash.Of(hash);

    public int Dimension => dimension;

    public int QueryLength => 32;

    public int PassageLength => 220;

    public ITextTokenizer Tokenizer { get; } = new NoTokenizer();

    public void EncodeQuery(string text, TokenMatrix destination)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        destination.Resize(words.Length);
        Fill(words, destination.Values);
    }

    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation)
    {
        for (int i = texts.Count - 1; i >= 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            Before?.Invoke(EncodedPassages);
            string[] words = texts[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            float[] vectors = new float[words.Length * dimension];
            Fill(words, vectors);
            EncodedPassages++;
            receiver(i, vectors);
        }
    }

    public void Dispose() { }

    private void Fill(string[] words, Span<float> vectors)
    {
        for (int i = 0; i < words.Length; i++)
        {
            Span<float> vector = vectors.Slice(i * dimension, dimension);
            Add(words[i], 1, vector);
            Add(words[Math.Max(0, i - 1)], 0.4f, vector);
            Add(words[i] + i, 0.3f, vector);
            float length = MathF.Sqrt(Dot(vector));
            for (int d = 0; d < dimension; d++)
            {
                vector[d] /= length;
            }
        }
    }

    private static float Dot(ReadOnlySpan<float> vector)
    {
        float sum = 0;
        foreach (float value in vector)
        {
            sum += value * value;
        }

        return sum;
    }

    private static void Add(string word, float weight, Span<float> vector)
    {
        uint state = Crc32C.Compute(System.Text.Encoding.UTF8.GetBytes(word)) | 1;
        for (int d = 0; d < vector.Length; d++)
        {
            state = (state * 1664525) + 1013904223;
            vector[d] += weight * ((state >> 8) / (float)(1 << 24) - 0.5f);
        }
    }

    private sealed class NoTokenizer : ITextTokenizer
    {
        public int VocabularySize => 0;

        public string Hash { get; } = ContentHash.Of("tokenizer-1");

        public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens) => throw new NotSupportedException();

        public int Count(ReadOnlySpan<char> text) => throw new NotSupportedException();

        public string Decode(IEnumerable<int> ids) => throw new NotSupportedException();
    }
}

/// <summary>Passages in memory.</summary>
sealed class ListedPassages(IEnumerable<(string Id, string Text)> passages) : IPassageSource
{
    private readonly List<(string Id, string Text)> _passages = [.. passages];
    private Dictionary<string, string>? _texts;

    public IReadOnlyList<string> Ids => [.. _passages.Select(passage => passage.Id)];

    public string ReadText(string id) => (_texts ??= _passages.ToDictionary(passage => passage.Id, passage => passage.Text))[id];
}

/// <summary>An embedding cache in memory.</summary>
sealed class MemoryCache : IEmbeddingCache
{
    private readonly Dictionary<string, byte[]> _entries = [];

    public byte[]? Read(string encoderHash, string passageHash) => _entries.GetValueOrDefault(encoderHash + passageHash);

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value) => _entries[encoderHash + passageHash] = value.ToArray();

    public void Flush() { }

    public void Dispose() { }
}

/// <summary>An embedding cache of one file for each entry, for tests with more than one process.</summary>
sealed class FolderCache(string folder) : IEmbeddingCache
{
    public byte[]? Read(string encoderHash, string passageHash)
    {
        string path = Path.Combine(folder, encoderHash[..8] + passageHash);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    public void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value)
    {
        Directory.CreateDirectory(folder);
        DurableFile.Write(Path.Combine(folder, encoderHash[..8] + passageHash), value.ToArray());
    }

    public void Flush() { }

    public void Dispose() { }
}
