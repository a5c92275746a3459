using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Jmlr.Llm.Threading;

/// <summary>
/// A few own threads that share out the chunks of a job. The caller works too and never waits for a thread that has not begun: when a neighbour
/// takes a core, the caller does the chunks itself. A thread that loses its core while it holds a chunk stalls the caller for a time slice; after such a stall the
/// caller does brief jobs alone for a while, which decodes at the speed of one thread instead of a fraction of it. Idle threads spin briefly, because a fork costs 0.1 microseconds then and 5 from sleep, and park after that.
/// One caller at a time.
/// </summary>
sealed class ThreadTeam : IDisposable
{
    private const int ChunkBits = 24;
    private const long ChunkMask = (1L << ChunkBits) - 1;

    // Long enough for the serial pieces between the jobs of a token, short enough to leave the core to others between answers.
    private static readonly long SpinTicks = Stopwatch.Frequency / 5000; // 200 microseconds

    // A wait beyond this is no imbalance but a lost core; what follows is done alone for so many times its length.
    private static readonly long StallTicks = Stopwatch.Frequency / 10000; // 100 microseconds
    private const int SoloFactor = 8;

    private readonly Thread[] _threads;
    private readonly Parking[] _parking;
    private TeamJob? _job;
    private ExceptionDispatchInfo? _error;
    private long _generation;
    private long _claims; // [generation | chunks:24 | next chunk:24]: one word, so that a late thread can never take a chunk of another job
    private long _soloUntil;
    private int _open;
    private volatile bool _stop, _resting;

    /// <summary>A team of <paramref name="size"/> workers, the caller included.</summary>
    internal ThreadTeam(int size)
    {
        Size = size;
        _parking = [.. Enumerable.Range(1, size - 1).Select(_ => new Parking())];
        _threads = [.. Enumerable.Range(1, size - 1).Select(worker => new Thread(() => Work(worker)) { IsBackground = true, Name = $"jmlr llm {worker}" })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Workers, the caller included.</summary>
    internal int Size { get; }

    /// <summary>Sends idle threads to sleep at once: others need the cores now.</summary>
    internal void Rest() => _resting = true;

    /// <summary>Runs all chunks and returns when the last is done. An error in a chunk is thrown here after the others ended.</summary>
    internal void Run(TeamJob job, int chunks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunks, (int)ChunkMask >> 1);
        if (chunks <= 0)
        {
            return;
        }

        if (chunks == 1 || Size == 1 || (job.Brief && Stopwatch.GetTimestamp() < _soloUntil))
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                job.Execute(chunk, 0);
            }

            return;
        }

        _job = job;
        _resting = false;
        _open = chunks;
        _generation = (_generation + 1) & 0x7FFF;
        Interlocked.Exchange(ref _claims, (_generation << (2 * ChunkBits)) | ((long)chunks << ChunkBits));
        foreach (Parking parking in _parking)
        {
            parking.Wake();
        }

        TakeChunks(0);
        if (Volatile.Read(ref _open) != 0)
        {
            Join();
        }

        if (_error is ExceptionDispatchInfo error)
        {
            _error = null;
            error.Throw();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        foreach (Parking parking in _parking)
        {
            parking.Wake();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (Parking parking in _parking)
        {
            parking.Dispose();
        }
    }

    private void Join()
    {
        long start = Stopwatch.GetTimestamp();
        for (int spins = 0; Volatile.Read(ref _open) != 0; spins++)
        {
            Pause(spins);
        }

        long end = Stopwatch.GetTimestamp();
        if (end - start > StallTicks)
        {
            _soloUntil = end + (SoloFactor * (end - start));
        }
    }

    private static void Pause(int spins)
    {
        // A thread that holds the last chunk may have lost its core: give it this one now and then.
        if (spins % 2048 == 2047)
        {
            Thread.Yield();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }

    private static bool HasChunk(long claims) => (claims & ChunkMask) < ((claims >> ChunkBits) & ChunkMask);

    private void Work(int worker)
    {
        Parking parking = _parking[worker - 1];
        long idleSince = Stopwatch.GetTimestamp();
        for (int spins = 0; !_stop; spins++)
        {
            if (HasChunk(Volatile.Read(ref _claims)))
            {
                TakeChunks(worker);
                (idleSince, spins) = (Stopwatch.GetTimestamp(), 0);
            }
            else if (_resting || (spins % 64 == 63 && Stopwatch.GetTimestamp() - idleSince > SpinTicks))
            {
                parking.Park(this);
                (idleSince, spins) = (Stopwatch.GetTimestamp(), 0);
            }
            else
            {
                Thread.SpinWait(1);
            }
        }
    }

    private void TakeChunks(int worker)
    {
        while (HasChunk(Volatile.Read(ref _claims)))
        {
            long claim = Interlocked.Increment(ref _claims) - 1;
            if (!HasChunk(claim))
            {
                return;
            }

            // The job cannot end before this chunk is counted, so the field still names the job of the claim.
            try
            {
                _job!.Execute((int)(claim & ChunkMask), worker);
            }
#pragma warning disable CA1031 // carried to the caller
            catch (Exception error)
#pragma warning restore CA1031
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }

            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Where one idle thread sleeps.</summary>
    private sealed class Parking : IDisposable
    {
        private readonly AutoResetEvent _event = new(false);
        private int _parked;

        internal void Wake()
        {
            // Claims were published by an interlocked write, so either this sees the parked flag or the thread sees the claims.
            if (Volatile.Read(ref _parked) != 0 && Interlocked.Exchange(ref _parked, 0) != 0)
            {
                _event.Set();
            }
        }

        internal void Park(ThreadTeam team)
        {
            Interlocked.Exchange(ref _parked, 1);
            if ((HasChunk(Volatile.Read(ref team._claims)) || team._stop) && Interlocked.Exchange(ref _parked, 0) != 0)
            {
                return;
            }

            _event.WaitOne();
        }

        public void Dispose() => _event.Dispose();
    }
}
