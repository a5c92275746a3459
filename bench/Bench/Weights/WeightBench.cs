using System.Diagnostics;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Weights;

/// <summary>Opening, widening and checking of a weight file, single thread; best of five passes. The cold opening counts compilation too.</summary>
static class WeightBench
{
    private const int Passes = 5;

    /// <summary>Writes milliseconds to open, GB/s of file bytes to widen each type, and GB/s of the checksums.</summary>
    public static void Run(string path, TextWriter to)
    {
        long start = Stopwatch.GetTimestamp();
        using IWeightSource source = WeightSource.Open(path);
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        double again = Best(() => WeightSource.Open(path).Dispose()) * 1e3;
        to.WriteLine($"open: {first:F1} ms cold, {again:F1} ms again, {source.Tensors.Count} tensors");
        foreach (IGrouping<TensorType, TensorInfo> type in source.Tensors.Values.GroupBy(tensor => tensor.Type))
        {
            float[] values = new float[type.Max(tensor => tensor.ElementCount)];
            double seconds = Best(() =>
            {
                foreach (TensorInfo tensor in type)
                {
                    source.ReadFloat32(tensor.Name, values.AsSpan(0, (int)tensor.ElementCount));
                }
            });
            to.WriteLine($"{type.Key}: {type.Sum(tensor => tensor.ByteLength) / seconds / 1e9:F2} GB/s read, {type.Sum(tensor => tensor.ElementCount) / seconds / 1e9:F2} G values/s");
        }

        byte[] block = new byte[16 << 20];
        new Random(1).NextBytes(block);
        to.WriteLine($"CRC-32C: {block.Length / Best(() => Crc32C.Compute(block)) / 1e9:F2} GB/s");
        to.WriteLine($"SHA-256: {block.Length / Best(() => ContentHash.Of(block)) / 1e9:F2} GB/s");
    }

    private static double Best(Action run)
    {
        double best = double.MaxValue;
        for (int pass = 0; pass < Passes; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
