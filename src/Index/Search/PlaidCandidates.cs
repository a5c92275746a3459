using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// Which passages are worth scoring (PLAID, Santhanam et al. 2022): those with a token at one of the centroids nearest to a query token, in the order of their
/// scores when every token is taken for its centroid. The rest of the search is that of the exact plan.
/// </summary>
sealed class PlaidCandidates : IDisposable
{
    private const int ApproximatedAtOnce = 256;
    private const int PickMargin = 16, LeastPickMargin = 8; // 0.126 and 0.063 of a cosine: measured in docs/search.md
    private const int RowsOfPickMargin = 16; // of a query with more rows the errors cancel out the better
    private const int Ahead = 8; // passages whose codes are on their way from memory
    private readonly IndexSnapshot _snapshot;
    private readonly PassageBlocks _blocks;
    private readonly WorkCrew _crew;
    private readonly PreparedQuery _query;
    private readonly ProbeTable[] _tables;
    private readonly Probes[][] _probes; // by worker, by codec
    private readonly CandidateOrder _order = new();
    private readonly ProbedPassages _probed;
    private readonly Action<int, int> _meet, _list, _approximate;
    private ulong[] _wanted = []; // bits of the passages that may be found
    private int[] _numbers = [];
    private int[] _sums = []; // of _numbers, bytes of the centroids
    private int _met, _pickMargin;

    internal PlaidCandidates(IndexSnapshot snapshot, PassageBlocks blocks, ListedPiece[] pieces, WorkCrew crew, PreparedQuery query)
    {
        (_snapshot, _blocks, _crew, _query) = (snapshot, blocks, crew, query);
        _tables = [.. snapshot.Codecs.Select(_ => new ProbeTable())];
        _probes = [.. Enumerable.Range(0, crew.Threads).Select(_ => snapshot.Codecs.Select(_ => new Probes()).ToArray())];
        _probed = new ProbedPassages(blocks, pieces, snapshot.Codecs.Count, crew.Threads);
        (_meet, _list, _approximate) = ((worker, piece) => _probed.Meet(worker, piece, _wanted), (_, piece) => _probed.List(piece), Approximate);
    }

    /// <summary>Numbers of the chosen passages, the most promising first, after <see cref="Find"/>. Their segments' codes are in range.</summary>
    internal ReadOnlySpan<int> Numbers => _order.Numbers;

    /// <summary>Score of the i-th chosen passage with every token taken for its centroid.</summary>
    internal float Approximation(int i) => _tables[0].Similarity(_order.Sums[i]);

    /// <summary>Cosine of a step of the centroids' scores, the same for all codecs.</summary>
    internal float Step => _tables[0].Step;

    /// <summary>Begins a query: <see cref="Score"/> comes next, for all centroids.</summary>
    internal void Begin(SearchOptions options)
    {
        _pickMargin = options.Candidates > 0 ? byte.MaxValue : Math.Clamp(PickMargin * RowsOfPickMargin / _query.Rows, LeastPickMargin, PickMargin); // all tokens of a given number of candidates
        int wanted = options.Probes > 0 ? options.Probes : _snapshot.Probes;
        for (int codec = 0; codec < _tables.Length; codec++)
        {
            int centroids = _snapshot.Codecs[codec].Count;
            _tables[codec].Prepare(_query, centroids);
            foreach (Probes[] probes in _probes)
            {
                probes[codec].Begin(_query, Math.Min(wanted, centroids));
            }
        }
    }

    /// <summary>Scores some centroids of a codec.</summary>
    internal void Score(int worker, ScanWorker own, int codec, int first, int count) =>
        own.ScoreCentroids(_query, _snapshot.Codecs[codec], first, count, _tables[codec], _probes[worker][codec]);

    /// <summary>Chooses among the passages whose bit is set in <paramref name="wanted"/>; false when fewer were met than are asked for: then everything must be scored.</summary>
    internal bool Find(SearchOptions options, ulong[] wanted)
    {
        for (int codec = 0; codec < _tables.Length; codec++)
        {
            for (int worker = 1; worker < _probes.Length; worker++)
            {
                _probes[0][codec].Add(_probes[worker][codec], _query.Rows);
            }

            _probes[0][codec].Sort(_query.Rows);
        }

        _wanted = wanted;
        _probed.Begin(_query, _probes[0]);
        _crew.Run(_probed.Pieces, _meet);
        int leastKept = (int)Math.Min(4L * options.Top, int.MaxValue), estimated = Math.Max(Math.Max(options.Candidates, leastKept), PlaidDefaults.EstimatedOf(_blocks.Passages));
        if (_probed.Choose(estimated) < options.Top)
        {
            return false;
        }

        _crew.Run(_probed.Pieces, _list);
        _met = _probed.Gather(ref _numbers);
        if (_sums.Length < _numbers.Length)
        {
            _sums = new int[_numbers.Length];
        }

        _crew.Run((_met + ApproximatedAtOnce - 1) / ApproximatedAtOnce, _approximate);
        int kept = Math.Max(options.Candidates > 0 ? options.Candidates : PlaidDefaults.CandidatesOf(_blocks.Passages), leastKept);
        _order.Sort(_numbers.AsSpan(0, _met), _sums.AsSpan(0, _met), kept, ProbeTable.Most(_query.Blocks));
        return true;
    }

    /// <summary>Picks the tokens of a passage that may be a row's nearest.</summary>
    internal void Pick(int codec, ReadOnlySpan<ushort> codes, TokenPick pick) => _tables[codec].Pick(_query, codes, _pickMargin, pick);

    public void Dispose() => Array.ForEach(_tables, table => table.Dispose());

    private void Approximate(int worker, int item)
    {
        int first = item * ApproximatedAtOnce, end = Math.Min(first + ApproximatedAtOnce, _met);
        while (first < end)
        {
            int s = _blocks.Locate(_numbers[first]).Segment, next = first + 1;
            while (next < end && _numbers[next] < _blocks.Bases[s + 1])
            {
                next++;
            }

            Approximate(_snapshot.Segments[s], _numbers.AsSpan(first, next - first), _blocks.Bases[s], _sums.AsSpan(first, next - first));
            first = next;
        }
    }

    /// <summary>Sums of passages of one segment, whose lists were made from the codes: these are sound.</summary>
    private void Approximate(Segment segment, ReadOnlySpan<int> numbers, int from, Span<int> sums)
    {
        ProbeTable table = _tables[segment.CodecIndex];
        ReadOnlySpan<uint> starts = segment.Starts;
        ReadOnlySpan<ushort> codes = segment.CodesAgain;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (i + (2 * Ahead) < numbers.Length)
            {
                Prefetch.Read(starts.Slice(numbers[i + (2 * Ahead)] - from, 2)); // or the next would wait for where its codes are
            }

            if (i + Ahead < numbers.Length)
            {
                int ahead = numbers[i + Ahead] - from;
                Prefetch.Read(codes[(int)starts[ahead]..(int)starts[ahead + 1]]);
            }

            int passage = numbers[i] - from;
            sums[i] = table.Score(codes[(int)starts[passage]..(int)starts[passage + 1]]);
        }
    }
}
