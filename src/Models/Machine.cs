using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Models;

/// <summary>What this machine is and how fast it reads memory: stands beside every figure that is reported.</summary>
public static unsafe class Machine
{
    private const long BandwidthBytes = 512L << 20;

    /// <summary>Processor name, or the architecture where it is not told.</summary>
    public static string Processor => ProcessorField("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Instruction sets that the kernels use and that are there.</summary>
    public static IReadOnlyList<string> InstructionSets =>
    [
        .. new (string Name, bool There)[] { ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("avx-vnni", AvxVnni.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("avx512vbmi", Avx512Vbmi.IsSupported) }
            .Where(set => set.There).Select(set => set.Name),
    ];

    /// <summary>Bytes of memory in all, and free for new work; 0 where the system does not tell.</summary>
    public static (long Total, long Available) Memory => (MemoryField("MemTotal"), MemoryField("MemAvailable"));

    /// <summary>One line for reports.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {Environment.ProcessorCount} cores, {Memory.Total >> 30} GiB, {string.Join(' ', InstructionSets)}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}");

    /// <summary>Read bandwidth in bytes per second of <paramref name="threads"/> threads over half a GiB, best of <paramref name="rounds"/>.</summary>
    public static double ReadBandwidth(int threads, int rounds = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)BandwidthBytes, 4096);
        try
        {
            new Span<byte>(memory, (int)BandwidthBytes).Fill(1);
            double best = 0;
            for (int round = 0; round < rounds; round++)
            {
                long started = Stopwatch.GetTimestamp();
                long sum = 0;
                var workers = new Thread[threads];
                for (int i = 0; i < threads; i++)
                {
                    long from = BandwidthBytes * i / threads / 64 * 64, to = BandwidthBytes * (i + 1) / threads / 64 * 64;
                    workers[i] = new Thread(() => Interlocked.Add(ref sum, Sum(memory + from, to - from)));
                    workers[i].Start();
                }

                Array.ForEach(workers, worker => worker.Join());
                double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                // The sum is used so that the reads cannot be left out.
                best = Math.Max(best, sum > 0 ? BandwidthBytes / seconds : 0);
            }

            return best;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* at, long length)
    {
        System.Numerics.Vector<long> a = default, b = default, c = default, d = default;
        int step = System.Numerics.Vector<byte>.Count;
        byte* end = at + (length / (4 * step) * (4 * step));
        for (; at < end; at += 4 * step)
        {
            a += System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<long>>(at);
            b += System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<long>>(at + step);
            c += System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<long>>(at + (2 * step));
            d += System.Runtime.CompilerServices.Unsafe.ReadUnaligned<System.Numerics.Vector<long>>(at + (3 * step));
        }

        return System.Numerics.Vector.Sum(a + b + c + d) & long.MaxValue;
    }

    private static string? ProcessorField(string name) => Field("/proc/cpuinfo", name);

    private static long MemoryField(string name) =>
        Field("/proc/meminfo", name) is string value && long.TryParse(value.Split(' ')[0], CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : 0;

    private static string? Field(string file, string name)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
