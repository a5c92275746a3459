using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>Buffers of one worker of a search: the integer scan of a run of passages, and the exact score of a single one.</summary>
sealed unsafe class ScanWorker : IDisposable
{
    private const int Chunk = 64; // tokens expanded at once: weights and sums stay in the first-level cache
    private const int CentroidsAhead = 6;
    private readonly AlignedBuffer<byte> _packed = new();
    private readonly AlignedBuffer<byte> _weights = new();
    private readonly AlignedBuffer<int> _sums = new();
    private readonly AlignedBuffer<float> _best = new();
    private readonly AlignedBuffer<float> _vectors = new();
    private byte[] _indexes = [];

    /// <summary>Tokens picked of the passage that is scored, and of the one after it.</summary>
    internal TokenPick Pick { get; private set; } = new();

    internal TokenPick NextPick { get; private set; } = new();

    internal void Advance() => (Pick, NextPick) = (NextPick, Pick);

    /// <summary>Scores centroids [first, first + count) in integers: into the table of PLAID and past the probes, a chunk at a time that stays in the cache.</summary>
    internal void ScoreCentroids(PreparedQuery query, ResidualCodec codec, int first, int count, ProbeTable table, Probes probes)
    {
        int* sums = _sums.Ensure(Chunk * IntegerDots.Rows);
        float* scores = _vectors.Ensure(Chunk * IntegerDots.Rows);
        for (int end = first + count; first < end; first += Chunk)
        {
            int part = Math.Min(Chunk, end - first), next = Math.Min(Chunk, end - first - part);
            Prefetch.Read<byte>(codec.CentroidSet.Grid.Bytes.AsSpan((first + part) * query.Dimension, next * query.Dimension));
            for (int block = 0; block < query.Blocks; block++)
            {
                query.ScoreCentroids(block, codec, first, part, sums, scores);
                table.Fill(query, block, first, part, scores);
                probes.Look(query, block, first, part, scores);
            }
        }
    }

    /// <summary>Integer scores of the passages [first, end) of a segment into <paramref name="scores"/> [end - first]; all of them are wanted.</summary>
    internal void Scan(PreparedQuery query, Segment segment, ResidualCodec codec, ReadOnlySpan<uint> starts, int first, int end, TokenColumns columns, Span<float> scores)
    {
        SegmentParameters parameters = segment.Parameters;
        byte* weights = _weights.Ensure(Chunk * query.Dimension);
        int* sums = _sums.Ensure(Chunk * IntegerDots.Rows);
        float* best = _best.Ensure(query.Blocks * IntegerDots.Rows);
        long token = starts[first], last = starts[end];
        int passage = first;
        Reset(best, query.Blocks);
        fixed (byte* table = codec.Grid.Table, rows = columns.Rows, norms = columns.Norms)
        fixed (ushort* codes = columns.Codes)
        {
            while (token < last)
            {
                int count = (int)Math.Min(Chunk, last - token);
                long at = token - columns.FirstToken;
                Prefetch.Rows(query.Table(segment.CodecIndex, 0), codes + at, count); // there before the integer products are done
                // A chunk of 4-bit rows is a page long, and no processor reads on into the next by itself.
                long next = at + count, after = Math.Min(Chunk, last - token - count);
                Prefetch.Read(columns.Rows.Slice((int)(next * segment.RowBytes), (int)(after * segment.RowBytes)));
                CodeExpansion.Active(rows + (at * segment.RowBytes), table, codec.Bits, count, query.Dimension, weights);
                for (int block = 0; block < query.Blocks; block++)
                {
                    IntegerDots.Active(weights, query.Tiles(block), count, query.RowsOf(block), query.Dimension, sums);
                    // A passage that does not end in this chunk keeps its maxima for the next.
                    float* scale = query.Scales(segment.CodecIndex, block), centroids = query.Table(segment.CodecIndex, block), most = best + (block * IntegerDots.Rows);
                    long from = token;
                    for (int p = passage; from < token + count; p++)
                    {
                        long to = Math.Min(starts[p + 1], token + count);
                        int skip = (int)(from - token);
                        MaxReduction.Reduce(sums + (skip * IntegerDots.Rows), codes + at + skip, norms + at + skip, (int)(to - from), query.RowsOf(block), centroids, scale, parameters.NormLow, parameters.NormStep, most);
                        from = to;
                        if (to == starts[p + 1])
                        {
                            scores[p - first] = (block == 0 ? 0 : scores[p - first]) + TakeSum(most, query.RowsOf(block));
                        }
                    }
                }

                token += count;
                while (passage < end && starts[passage + 1] <= token)
                {
                    passage++;
                }
            }
        }
    }

    /// <summary>Integer score of a passage of which only some tokens count; a step of the scores of their centroids is a <paramref name="cosine"/>.</summary>
    internal float Scan(PreparedQuery query, Segment segment, ResidualCodec codec, float cosine, TokenColumns columns, TokenPick pick)
    {
        int rowBytes = segment.RowBytes;
        SegmentParameters parameters = segment.Parameters;
        byte* packed = _packed.Ensure(Chunk * rowBytes), weights = _weights.Ensure(Chunk * query.Dimension);
        int* sums = _sums.Ensure(Chunk * IntegerDots.Rows);
        float* best = _best.Ensure(IntegerDots.Rows);
        byte* norms = stackalloc byte[Chunk];
        float score = 0;
        Reset(best, 1);
        fixed (byte* table = codec.Grid.Table, rows = columns.Rows)
        {
            for (int block = 0; block < query.Blocks; block++)
            {
                ReadOnlySpan<int> tokens = pick.Of(block);
                for (int at = 0; at < tokens.Length; at += Chunk)
                {
                    int count = Math.Min(Chunk, tokens.Length - at);
                    for (int i = 0; i < count; i++)
                    {
                        int token = tokens[at + i];
                        norms[i] = columns.Norms[token];
                        Copy(rows + (token * rowBytes), packed + (i * rowBytes), rowBytes);
                    }

                    CodeExpansion.Active(packed, table, codec.Bits, count, query.Dimension, weights);
                    IntegerDots.Active(weights, query.Tiles(block), count, query.RowsOf(block), query.Dimension, sums);
                    float* scale = query.Scales(segment.CodecIndex, block);
                    MaxReduction.Reduce(sums, pick.Scores(block) + (at * IntegerDots.Rows), norms, count, query.RowsOf(block), cosine, scale, parameters.NormLow, parameters.NormStep, best);
                }

                score += TakeSum(best, query.RowsOf(block));
            }
        }

        return score;
    }

    /// <summary>The exact score of one passage: MaxSim of the query with the decompressed unit vectors.</summary>
    internal float Exact(PreparedQuery query, Segment segment, ResidualCodec codec, int passage)
    {
        ReadOnlySpan<uint> starts = segment.Starts;
        long first = starts[passage];
        int count = (int)(starts[passage + 1] - starts[passage]), dimension = query.Dimension;
        ReadOnlySpan<byte> rows = segment.Rows(first, count);
        ReadOnlySpan<ushort> codes = segment.Codes(first, count);
        float* best = _best.Ensure(query.Blocks * IntegerDots.Rows), vectors = _vectors.Ensure(Chunk * dimension), scores = (float*)_sums.Ensure(Chunk * IntegerDots.Rows);
        if (_indexes.Length < dimension)
        {
            _indexes = new byte[dimension];
        }

        Reset(best, query.Blocks);
        for (int at = 0; at < count; at += Chunk)
        {
            int part = Math.Min(Chunk, count - at);
            for (int t = 0; t < part; t++)
            {
                if (t + CentroidsAhead < part)
                {
                    Prefetch.Read(codec.Centroid(codes[at + t + CentroidsAhead]));
                }

                codec.Decompress(codes[at + t], rows.Slice((at + t) * segment.RowBytes, segment.RowBytes), _indexes.AsSpan(0, dimension), new Span<float>(vectors + (t * dimension), dimension));
            }

            for (int block = 0; block < query.Blocks; block++)
            {
                FloatDots.Active(vectors, query.Transposed(block), part, query.RowsOf(block), dimension, scores);
                MaxReduction.Reduce(scores, part, query.RowsOf(block), best + (block * IntegerDots.Rows));
            }
        }

        double sum = 0;
        for (int row = 0; row < query.Rows; row++)
        {
            sum += best[row];
        }

        return (float)sum;
    }

    public void Dispose()
    {
        Pick.Dispose();
        NextPick.Dispose();
        _packed.Dispose();
        _weights.Dispose();
        _sums.Dispose();
        _best.Dispose();
        _vectors.Dispose();
    }

    /// <summary>Rows are short and of a few lengths only: a general copy costs more than the bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* from, byte* to, int bytes)
    {
        if (bytes % Vector512<byte>.Count != 0)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)bytes);
            return;
        }

        for (int at = 0; at < bytes; at += Vector512<byte>.Count)
        {
            Vector512.Load(from + at).Store(to + at);
        }
    }

    private static float TakeSum(float* best, int rows)
    {
        float sum = 0;
        for (int row = 0; row < rows; row++)
        {
            sum += best[row];
        }

        Reset(best, 1);
        return sum;
    }

    private static void Reset(float* best, int blocks) => new Span<float>(best, blocks * IntegerDots.Rows).Fill(float.NegativeInfinity);
}

/// <summary>The token columns of a stretch of a segment, from <paramref name="firstToken"/> on.</summary>
readonly ref struct TokenColumns(long firstToken, ReadOnlySpan<byte> rows, ReadOnlySpan<ushort> codes, ReadOnlySpan<byte> norms)
{
    internal long FirstToken { get; } = firstToken;

    internal ReadOnlySpan<byte> Rows { get; } = rows;

    internal ReadOnlySpan<ushort> Codes { get; } = codes;

    internal ReadOnlySpan<byte> Norms { get; } = norms;
}
