using System.Numerics;
using System.Runtime.CompilerServices;
using Jmlr.Llm.Threading;

namespace Jmlr.Bench.Llm;

/// <summary>Reads and does nothing else, in the chunks of a product.</summary>
sealed unsafe class ReadJob(ThreadTeam team) : TeamJob
{
    private const int Chunks = 12;
    private byte* _from;
    private long _length;
    private long _sum;

    internal override bool Brief => true;

    internal void Run(byte* from, long length)
    {
        _from = from;
        _length = length / 256 * 256;
        team.Run(this, Chunks);
    }

    internal override void Execute(int chunk, int worker) =>
        Interlocked.Add(ref _sum, Sum(_from + (_length * chunk / Chunks / 256 * 256), _from + (_length * (chunk + 1) / Chunks / 256 * 256)));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Sum(byte* at, byte* end)
    {
        Vector<long> a = default, b = default, c = default, d = default;
        int step = Vector<byte>.Count;
        for (; at < end; at += 4 * step)
        {
            a += Unsafe.ReadUnaligned<Vector<long>>(at);
            b += Unsafe.ReadUnaligned<Vector<long>>(at + step);
            c += Unsafe.ReadUnaligned<Vector<long>>(at + (2 * step));
            d += Unsafe.ReadUnaligned<Vector<long>>(at + (3 * step));
        }

        return Vector.Sum(a + b + c + d);
    }
}
