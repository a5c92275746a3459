using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Jmlr.Index.Search;

/// <summary>
/// Runs numbered items on the calling thread and helpers of the thread pool. Nothing is allocated for a run; helpers that come late find
/// nothing to do, so a busy pool costs speed only. A helper waits a moment for the next run before it goes. One run at a time.
/// </summary>
sealed class WorkCrew
{
    private const int LingerMicroseconds = 200; // longer than the pauses between the runs of a search: waking a thread can cost as much as a whole run
    private readonly Helper[] _helpers;
    private Action<int, int>? _work;
    private Exception? _failure;
    private long _state; // items in all << 32 | next item: one word, so that a late helper can never take an item of another run twice
    private int _active;

    internal WorkCrew(int threads) => _helpers = [.. Enumerable.Range(1, threads - 1).Select(worker => new Helper(this, worker))];

    internal int Threads => _helpers.Length + 1;

    /// <summary>Calls <paramref name="work"/>(worker, item) for every item below <paramref name="count"/>; the first exception is thrown here.</summary>
    internal void Run(int count, Action<int, int> work)
    {
        _work = work;
        _failure = null;
        Volatile.Write(ref _state, (long)count << 32);
        for (int i = 0; i < _helpers.Length && i < count - 1; i++)
        {
            _helpers[i].Call();
        }

        Help(0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _active) != 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private bool HasWork
    {
        get
        {
            long state = Volatile.Read(ref _state);
            return (int)state < (int)(state >> 32);
        }
    }

    private void Help(int worker)
    {
        Interlocked.Increment(ref _active);
        try
        {
            while (true)
            {
                long state = Volatile.Read(ref _state);
                int next = (int)state, count = (int)(state >> 32);
                if (next >= count || Volatile.Read(ref _failure) is not null)
                {
                    return;
                }

                if (Interlocked.CompareExchange(ref _state, state + 1, state) == state)
                {
                    _work!(worker, next);
                }
            }
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _failure, error, null);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private sealed class Helper(WorkCrew crew, int worker) : IThreadPoolWorkItem
    {
        private int _queued;

        internal void Call()
        {
            if (Interlocked.Exchange(ref _queued, 1) == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        public void Execute()
        {
            long left = Stopwatch.GetTimestamp();
            do
            {
                if (crew.HasWork)
                {
                    crew.Help(worker);
                    left = Stopwatch.GetTimestamp();
                }

                Thread.SpinWait(1);
            }
            while (Stopwatch.GetElapsedTime(left).TotalMicroseconds < LingerMicroseconds);

            Volatile.Write(ref _queued, 0); // last: while it is set, this helper and its worker number exist once only
        }
    }
}
