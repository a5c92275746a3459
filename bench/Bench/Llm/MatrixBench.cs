using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Bench.Llm;

/// <summary>
/// One token times the matrices of Llama 2 7B, from memory, beside a plain read of the same bytes by the same threads in the same chunks. Rounds alternate, because
/// the bandwidth of a virtual machine moves within seconds: the share is the median of the pairs.
/// </summary>
static unsafe class MatrixBench
{
    private const long Bytes = 1L << 28;
    private const int Rounds = 75;

    private static readonly (string Name, int Rows, int Columns)[] Shapes =
        [("attention output", 4096, 4096), ("gate", 11008, 4096), ("down", 4096, 11008), ("output", 32000, 4096)];

    internal static void Run(int threads, TextWriter to)
    {
        using var team = new ThreadTeam(threads);
        InstructionSet set = KernelChoice.Choose();
        using NativeBuffer memory = new(Bytes, clear: false);
        // As fp16 this byte pair is 0.01: finite scales, no denormal products.
        Unsafe.InitBlock(memory.Pointer, 0x21, (uint)Bytes);

        to.WriteLine($"{set.Name}, {threads} threads, {HugePages()} of huge pages");
        foreach (TileFormat format in (TileFormat[])[TileFormat.Q4, TileFormat.Q4Min, TileFormat.Q8])
        {
            to.WriteLine($"{format}: one thread in cache {InCache(format, memory, set) / 1e9:F1} GB/s");
            foreach ((string name, int rows, int columns) in Shapes)
            {
                long size = PackedMatrix.Measure(format, rows, columns);
                PackedMatrix[] copies = [.. Enumerable.Range(0, (int)(Bytes / size)).Select(i => new PackedMatrix(format, rows, columns, memory.Pointer + (i * size)))];
                Measure(name, copies, team, set, to);
            }
        }
    }

    // What the kernel could do if memory were no limit: one thread, a matrix that stays in the second-level cache.
    private static double InCache(TileFormat format, NativeBuffer memory, InstructionSet set)
    {
        using var alone = new ThreadTeam(1);
        var matrix = new PackedMatrix(format, 64, 4096, memory.Pointer);
        using Activations input = Input(matrix.Columns);
        using NativeBuffer output = new(matrix.PaddedRows * sizeof(float));
        var multiply = new MultiplyJob(alone, set, input);
        double best = 0;
        for (int round = 0; round < 200; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 20; i++)
            {
                multiply.Run(matrix, (float*)output.Pointer);
            }

            best = Math.Max(best, 20 * matrix.ByteLength / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static Activations Input(int columns)
    {
        Activations input = new(1, columns);
        input.Shape(1, columns);
        Unsafe.InitBlock(input.Quants, 0x21, (uint)columns);
        new Span<float>(input.Scales, columns / TileFormats.Block).Fill(0.01f);
        return input;
    }

    private static void Measure(string name, PackedMatrix[] copies, ThreadTeam team, InstructionSet set, TextWriter to)
    {
        PackedMatrix one = copies[0];
        using Activations input = Input(one.Columns);
        using NativeBuffer output = new(one.PaddedRows * sizeof(float));
        var multiply = new MultiplyJob(team, set, input);
        var read = new ReadJob(team);
        double total = one.ByteLength * (double)copies.Length;
        double[] plain = new double[Rounds], product = new double[Rounds], share = new double[Rounds];
        for (int round = -1; round < Rounds; round++)
        {
            double reading = Time(matrix => read.Run(matrix.Data, matrix.ByteLength));
            double multiplying = Time(matrix => multiply.Run(matrix, (float*)output.Pointer));
            if (round >= 0)
            {
                (plain[round], product[round], share[round]) = (total / reading / 1e9, total / multiplying / 1e9, reading / multiplying);
            }
        }

        to.WriteLine($"{one.Format,-6} {name,-17} {one.ByteLength / 1e6,6:F1} MB: read {Median(plain):F1} GB/s, product {Median(product):F1} GB/s, {Median(share):P0} of it (half of the pairs {share[Rounds / 4]:P0} to {share[Rounds * 3 / 4]:P0})");

        double Time(Action<PackedMatrix> work)
        {
            long start = Stopwatch.GetTimestamp();
            Array.ForEach(copies, work);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    // Sorts.
    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static string HugePages() =>
        File.Exists("/proc/self/smaps_rollup") ? File.ReadLines("/proc/self/smaps_rollup").First(line => line.StartsWith("AnonHugePages", StringComparison.Ordinal))[14..].Trim() : "not known";
}
