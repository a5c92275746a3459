using System.Diagnostics;
using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;
using Jmlr.Index.Search;

namespace Jmlr.Bench.Search;

/// <summary>Rates of the MaxSim kernels for a query of 32 x 128, by instruction set and as chosen on this machine, on 1 and 2 threads, beside the read bandwidth of the machine.</summary>
static unsafe class KernelBench
{
    private const int Dimension = 128;
    private const int Tokens = 1 << 20;
    private const int Chunk = 64;

    /// <summary>Measures and writes one line for each instruction set, width and number of threads.</summary>
    public static void Run(TextWriter to)
    {
        using var data = new AlignedBuffer<byte>();
        byte* packed = data.Ensure((long)Tokens * Dimension);
        new Random(1).NextBytes(new Span<byte>(packed, Tokens * Dimension));
        foreach (int threads in new[] { 1, 2 })
        {
            double read = Best(() => Parallel.For(0, threads, part => Sum(packed + ((long)part * Tokens * Dimension / threads), Tokens * Dimension / threads)));
            to.WriteLine($"read bandwidth, {threads} threads: {Tokens * (double)Dimension / read / 1e9:F1} GB/s");
        }

        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(set => set != InstructionSet.Scalar && ActiveInstructionSet.IsSupported(set)))
        {
            Scans(set.ToString(), CodeExpansion.For(set), IntegerDots.For(set), packed, to);
            to.WriteLine($"{set,-8} fp32 scores of vectors (centroid table): {Floats(set) * 1e9:F1} ns/vector");
        }

        Scans("chosen", CodeExpansion.Active, IntegerDots.Active, packed, to);
        Scans("16 rows", CodeExpansion.Active, IntegerDots.Active, packed, to, IntegerDots.HalfRows);
    }

    private static void Scans(string name, delegate*<byte*, byte*, int, int, int, byte*, void> expand, delegate*<byte*, sbyte*, int, int, int, int*, void> dots, byte* packed, TextWriter to, int rows = IntegerDots.Rows)
    {
        foreach (int bits in new[] { 1, 2, 4, 8 })
        {
            foreach (int threads in new[] { 1, 2 })
            {
                double seconds = Best(() => Parallel.For(0, threads, part => Scan(expand, dots, bits, packed, Tokens / threads, rows)));
                double bytes = Tokens * (double)(Dimension * bits / 8);
                to.WriteLine($"{name,-8} {bits} bits, {threads} threads: {seconds / Tokens * 1e9:F2} ns/token, {bytes / seconds / 1e9:F2} GB/s, {2.0 * Tokens * Dimension * rows / seconds / 1e9:F0} GOP/s");
            }
        }
    }

    private static void Scan(delegate*<byte*, byte*, int, int, int, byte*, void> expand, delegate*<byte*, sbyte*, int, int, int, int*, void> dots, int bits, byte* packed, int tokens, int rows)
    {
        using AlignedBuffer<byte> weights = new(), table = new();
        using AlignedBuffer<sbyte> tiles = new();
        using AlignedBuffer<int> sums = new();
        using AlignedBuffer<float> floats = new();
        using AlignedBuffer<ushort> codes = new();
        byte* w = weights.Ensure(Chunk * Dimension), t = table.Ensure(256), norms = stackalloc byte[Chunk];
        sbyte* q = tiles.Ensure(IntegerDots.Rows * Dimension);
        int* s = sums.Ensure(Chunk * IntegerDots.Rows);
        const int centroids = 8192;
        float* centroidScores = floats.Ensure((centroids + 2) * IntegerDots.Rows), scale = centroidScores + (centroids * IntegerDots.Rows), best = scale + IntegerDots.Rows;
        new Span<float>(centroidScores, (centroids + 2) * IntegerDots.Rows).Clear();
        ushort* c = codes.Ensure(1 << 16);
        var random = new Random(2);
        for (int i = 0; i < 1 << 16; i++)
        {
            c[i] = (ushort)random.Next(centroids);
        }

        for (int i = 0; i < 256; i++)
        {
            t[i] = (byte)(i & 127);
        }

        int stride = PlanePacking.RowBytes(Dimension, bits);
        for (int token = 0; token < tokens; token += Chunk)
        {
            // As the scan of a search does.
            Prefetch.Rows(centroidScores, c + (token & 0xFFFF), Chunk);
            Prefetch.Read(new ReadOnlySpan<byte>(packed + ((token + (long)Chunk) * stride), token + Chunk < tokens ? Chunk * stride : 0));
            expand(packed + ((long)token * stride), t, bits, Chunk, Dimension, w);
            dots(w, q, Chunk, rows, Dimension, s);
            MaxReduction.Reduce(s, c + (token & 0xFFFF), norms, Chunk, rows, centroidScores, scale, 1, 0, best);
        }
    }

    private static double Floats(InstructionSet set)
    {
        const int count = 8192;
        using AlignedBuffer<float> buffer = new();
        float* vectors = buffer.Ensure((count + IntegerDots.Rows) * Dimension + (count * IntegerDots.Rows));
        new Span<float>(vectors, (count + IntegerDots.Rows) * Dimension).Clear();
        var dots = FloatDots.For(set);
        return Best(() => dots(vectors, vectors + (count * Dimension), count, IntegerDots.Rows, Dimension, vectors + ((count + IntegerDots.Rows) * Dimension))) / count;
    }

    private static void Sum(byte* data, int length)
    {
        var sum = System.Numerics.Vector<byte>.Zero;
        foreach (System.Numerics.Vector<byte> part in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, System.Numerics.Vector<byte>>(new ReadOnlySpan<byte>(data, length)))
        {
            sum += part;
        }

        GC.KeepAlive(sum);
    }

    private static double Best(Action run)
    {
        double best = double.MaxValue;
        for (int pass = 0; pass < 6; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
