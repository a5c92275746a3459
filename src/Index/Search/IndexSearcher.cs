using System.Collections.Concurrent;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// The exact plan: every live token that passes the filter is scored in integers, and all passages that could still be among the best are
/// scored again in fp32. The result equals brute force over the decompressed vectors; no maximum is floored at 0. Thread-safe: every running
/// search has its own scratch, kept for the next.
/// </summary>
sealed class IndexSearcher : ISearcher, IDisposable
{
    private readonly IndexSnapshot _snapshot;
    private readonly PassageBlocks _blocks;
    private readonly ConcurrentBag<IndexSearch> _idle = [];
    private readonly ListedPiece[] _pieces;
    private readonly int _threads;

    internal IndexSearcher(IndexSnapshot snapshot, int threads)
    {
        _snapshot = snapshot;
        _threads = threads;
        _blocks = new PassageBlocks(snapshot.Segments);
        _pieces = [.. PassageLists.Pieces(_blocks, threads).Select(piece => new ListedPiece(snapshot, piece))];
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

        if (options.Probes < 0 || options.Candidates < 0)
        {
            Throw.BadSetting("the number of probes or candidates", Math.Min(options.Probes, options.Candidates), "0 or more; 0 goes by the size of the index");
        }

        IndexSearch search = Rent();
        try
        {
            return search.Run(query, options, cancellation);
        }
        finally
        {
            Return(search);
        }
    }

    /// <inheritdoc/>
    public SearchPlan PlanOf(SearchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IndexSearch search = Rent();
        try
        {
            return search.PlanOf(options);
        }
        finally
        {
            Return(search);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out IndexSearch? search))
        {
            search.Dispose();
        }

        Array.ForEach(_pieces, piece => piece.Dispose());
    }

    private IndexSearch Rent()
    {
        _snapshot.Enter();
        try
        {
            return _idle.TryTake(out IndexSearch? search) ? search : new IndexSearch(_snapshot, _blocks, _pieces, _threads);
        }
        catch
        {
            _snapshot.Leave();
            throw;
        }
    }

    private void Return(IndexSearch search)
    {
        _idle.Add(search);
        _snapshot.Leave();
    }
}
