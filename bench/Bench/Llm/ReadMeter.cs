using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Bench.Llm;

/// <summary>
/// The read bandwidth of this moment, in the pages, the pieces and the chunks of a decoder. The bandwidth of a virtual machine moves by a factor of two, so a figure counts only beside those right before and after it.
/// </summary>
sealed unsafe class ReadMeter : IDisposable
{
    private const int Piece = 32 << 20, Pieces = 16;
    private readonly NativeBuffer _memory = new((long)Piece * Pieces, clear: false);
    private readonly ThreadTeam _team;
    private readonly ReadJob _job;

    internal ReadMeter(int threads)
    {
        Unsafe.InitBlock(_memory.Pointer, 1, (uint)_memory.Length);
        _team = new ThreadTeam(threads);
        _job = new ReadJob(_team);
    }

    /// <summary>Bytes per second, the best of three passes of 10 ms.</summary>
    internal double Rate()
    {
        double best = 0;
        for (int pass = 0; pass < 3; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Pieces; i++)
            {
                _job.Run(_memory.Pointer + ((long)i * Piece), Piece);
            }

            best = Math.Max(best, _memory.Length / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        _memory.Dispose();
    }
}
