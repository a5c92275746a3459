using System.Collections.Concurrent;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// The exact plan: every live token that passes the filter is scored in integers, and all passages that could still be among the best are
/// scored again in fp32. The result equals brute force over the decompressed vectors; no maximum is floored at 0. Thread-safe: every running
/// search has its own scratch, kept for the next.
/// </summary>
sealed class ExactSearcher : ISearcher, IDisposable
{
    private readonly IndexSnapshot _snapshot;
    private readonly PassageBlocks _blocks;
    private readonly ConcurrentBag<ExactSearch> _idle = [];
    private readonly int _threads;

    internal ExactSearcher(IndexSnapshot snapshot, int threads)
    {
        _snapshot = snapshot;
        _threads = threads;
        _blocks = new PassageBlocks(snapshot.Segments);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ScoredPassage> Search(TokenMatrix query, SearchOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Top < 1)
        {
            Throw.BadTop(options.Top);
        }

        if (query.Rows == 0)
        {
            Throw.EmptyQuery();
        }

        if (query.Columns != _snapshot.Identity.Dimension)
        {
            Throw.QueryDimension(query.Columns, _snapshot.Identity.Dimension);
        }

        _snapshot.Enter();
        ExactSearch? search = null;
        try
        {
            if (!_idle.TryTake(out search))
            {
                search = new ExactSearch(_snapshot, _blocks, _threads);
            }

            return search.Run(query, options, cancellation);
        }
        finally
        {
            if (search is not null)
            {
                _idle.Add(search);
            }

            _snapshot.Leave();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out ExactSearch? search))
        {
            search.Dispose();
        }
    }
}
