namespace Jmlr.Ingest.Pipeline;

/// <summary>Work on a piece of a file, for another thread.</summary>
/// <param name="Run">The work.</param>
/// <param name="Bytes">Length of the piece.</param>
readonly record struct PieceWork(Func<IngestOutcome> Run, long Bytes);

/// <summary>
/// The pieces that are read ahead of what is stored: enough that no thread waits for the others, little enough that memory does not grow with the corpus. What comes of them is taken in order, on
/// the caller's thread.
/// </summary>
sealed class PieceWindow(IngestRun run, int threads)
{
    private const int PerThread = 8;
    private const long EnoughBytes = 4 << 20; // some ten times as much in memory

    private readonly Queue<(Task<IngestOutcome> Task, long Bytes)> _ahead = new();
    private long _bytes;

    /// <summary>Begins the work on a piece; waits for the oldest while there is enough.</summary>
    public void Add(PieceWork piece)
    {
        if (threads == 1)
        {
            run.Take(piece.Run());
            return;
        }

        while (_ahead.Count > 0 && (_ahead.Peek().Task.IsCompleted || _ahead.Count >= PerThread * threads || (_ahead.Count >= threads && _bytes >= EnoughBytes)))
        {
            TakeOldest();
        }

        _ahead.Enqueue((Task.Run(piece.Run, CancellationToken.None), piece.Bytes));
        _bytes += piece.Bytes;
    }

    /// <summary>Takes what is left.</summary>
    public void Drain(CancellationToken cancellation)
    {
        while (_ahead.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            TakeOldest();
        }
    }

    /// <summary>Waits until nothing is worked on any more.</summary>
    public void Wait() => Task.WaitAll([.. _ahead.Select(static piece => piece.Task)], CancellationToken.None);

    private void TakeOldest()
    {
        (Task<IngestOutcome> task, long bytes) = _ahead.Dequeue();
        _bytes -= bytes;
        run.Take(task.GetAwaiter().GetResult());
    }
}
