using System.Runtime.InteropServices;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Store;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Storage;

/// <summary>
/// Token vectors of the passages of a source, as fp16 rows [tokens, dim] in the embedding cache. What is missing is encoded and durable batch
/// by batch, so a build that was killed goes on where it was; vectors are always read back as fp16, so that it makes no difference.
/// </summary>
sealed class PassageEmbeddings(ITokenEncoder encoder, IEmbeddingCache cache, IPassageSource source, string[] ids, int batchSize)
{
    private readonly byte[] _hashes = new byte[ids.Length * 32];
    private readonly int[] _tokens = new int[ids.Length];

    /// <summary>Number of passages.</summary>
    internal int Count => ids.Length;

    /// <summary>Passages that had to be encoded.</summary>
    internal int Encoded { get; private set; }

    internal string Id(int passage) => ids[passage];

    internal int Tokens(int passage) => _tokens[passage];

    internal ReadOnlySpan<byte> TextHash(int passage) => _hashes.AsSpan(passage * 32, 32);

    /// <summary>Encodes what the cache does not hold; returns the number of tokens of all passages.</summary>
    internal long Prepare(IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var missing = new List<(int Passage, string Text)>(batchSize);
        long tokens = 0, done = 0;
        for (int passage = 0; passage < ids.Length; passage++)
        {
            cancellation.ThrowIfCancellationRequested();
            string text = source.ReadText(ids[passage]), hash = ContentHash.Of(text);
            Convert.FromHexString(hash, _hashes.AsSpan(passage * 32, 32), out _, out _);
            if (Usable(cache.Read(encoder.Hash, hash)) is byte[] rows)
            {
                tokens += _tokens[passage] = rows.Length / RowBytes;
                done++;
            }
            else
            {
                missing.Add((passage, text));
            }

            if (missing.Count == batchSize || passage == ids.Length - 1)
            {
                tokens += Encode(missing, cancellation);
                done += missing.Count;
                missing.Clear();
                progress?.Report(new ProgressReport("encode", done, ids.Length, "passages", tokens, "tokens"));
            }
        }

        return tokens;
    }

    /// <summary>The fp16 rows [tokens, dim] of one passage.</summary>
    internal ReadOnlyMemory<byte> Load(int passage, CancellationToken cancellation)
    {
        string hash = Convert.ToHexStringLower(TextHash(passage));
        byte[]? rows = Usable(cache.Read(encoder.Hash, hash));
        if (rows is null || rows.Length != _tokens[passage] * RowBytes)
        {
            // The entry has gone or been damaged since: the passage is encoded again.
            Encode([(passage, source.ReadText(ids[passage]))], cancellation);
            rows = Usable(cache.Read(encoder.Hash, hash));
        }

        if (rows is null)
        {
            Throw.BadVectors(ids[passage], "the embedding cache does not give back what was stored");
        }

        if (!HalfFloats.AllFinite(MemoryMarshal.Cast<byte, ushort>(rows)))
        {
            Throw.BadVectors(ids[passage], "a value is not finite");
        }

        return rows;
    }

    private int RowBytes => encoder.Dimension * sizeof(ushort);

    private byte[]? Usable(byte[]? rows) => rows is { Length: > 0 } && rows.Length % RowBytes == 0 ? rows : null;

    private long Encode(List<(int Passage, string Text)> missing, CancellationToken cancellation)
    {
        if (missing.Count == 0)
        {
            return 0;
        }

        long tokens = 0;
        var order = new Lock();
        var delivered = new bool[missing.Count];
        encoder.EncodePassages([.. missing.Select(entry => entry.Text)], (index, vectors) =>
        {
            byte[] rows = new byte[vectors.Length * sizeof(ushort)];
            Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(rows.AsSpan());
            for (int i = 0; i < vectors.Length; i++)
            {
                halves[i] = HalfFloats.Narrow(vectors[i]);
            }

            lock (order)
            {
                int passage = missing[index].Passage;
                if (rows.Length == 0 || rows.Length % RowBytes != 0)
                {
                    Throw.NoVectors(ids[passage]);
                }

                cache.Write(encoder.Hash, Convert.ToHexStringLower(TextHash(passage)), rows);
                tokens += _tokens[passage] = rows.Length / RowBytes;
                delivered[index] = true;
            }
        }, cancellation);
        int forgotten = Array.IndexOf(delivered, false);
        if (forgotten >= 0)
        {
            cancellation.ThrowIfCancellationRequested();
            Throw.NoVectors(ids[missing[forgotten].Passage]);
        }

        cache.Flush();
        Encoded += missing.Count;
        return tokens;
    }
}
