using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>One search at a time, with everything it needs kept between searches: after the first, only the result is allocated.</summary>
sealed class IndexSearch : IDisposable
{
    private const int CentroidsOfUnit = 1024;
    private const int RescoredAtOnce = 16;
    private const int ListedAtOnce = 8;
    private const int ListedBetweenLooks = 128;
    private readonly IndexSnapshot _snapshot;
    private readonly PassageBlocks _blocks;
    private readonly WorkCrew _crew;
    private readonly ScanWorker[] _workers;
    private readonly PreparedQuery _query = new();
    private readonly TopScores _top = new();
    private readonly Action<int, int> _fill, _scan, _scanListed, _rescore;
    private readonly List<(int Codec, int First, int Count)> _tableUnits = [];
    private readonly float[] _scores;
    private readonly ulong[] _live, _allowed;
    private readonly PlaidCandidates _plaid;
    private readonly StopRule _stop = new();
    private readonly float[] _integerScores = new float[RescoredAtOnce];
    private float[] _listedScores = []; // of the passages that PLAID chose
    private int _listedFrom, _listedEnd;
    private bool _byCentroids; // the plan is PLAID
    private long _allowedTokens;
    private Candidate[] _candidates = new Candidate[256];
    private int _rescoreFrom;
    private Func<string, bool>? _allow; // whose bitmap _allowed is
    private bool _filtered;
    private CancellationToken _cancellation;

    internal IndexSearch(IndexSnapshot snapshot, PassageBlocks blocks, ListedPiece[] pieces, int threads)
    {
        _snapshot = snapshot;
        _blocks = blocks;
        _crew = new WorkCrew(threads);
        _workers = [.. Enumerable.Range(0, threads).Select(_ => new ScanWorker())];
        _scores = new float[blocks.Passages];
        _live = new ulong[(blocks.Passages + 63) / 64];
        _allowed = new ulong[_live.Length];
        Set(_live, null);
        _plaid = new PlaidCandidates(snapshot, blocks, pieces, _crew, _query);
        (_fill, _scan, _scanListed, _rescore) = (Fill, Scan, ScanListed, Rescore);
        for (int codec = 0; codec < snapshot.Codecs.Count; codec++)
        {
            for (int first = 0; first < snapshot.Codecs[codec].Count; first += CentroidsOfUnit)
            {
                _tableUnits.Add((codec, first, Math.Min(CentroidsOfUnit, snapshot.Codecs[codec].Count - first)));
            }
        }
    }

    internal IReadOnlyList<ScoredPassage> Run(TokenMatrix query, SearchOptions options, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        cancellation.ThrowIfCancellationRequested();
        if (options.Among is null)
        {
            Admit(options.Allow);
        }
        else
        {
            Admit(options.Among);
        }

        _query.Set(query, _snapshot.Codecs);
        _byCentroids = Planned(options) == SearchPlan.Plaid;
        if (_byCentroids)
        {
            _plaid.Begin(options);
        }

        _crew.Run(_tableUnits.Count, _fill);
        ReadOnlySpan<float> scores = _scores;
        ReadOnlySpan<int> numbers = default;
        if (_byCentroids && _plaid.Find(options, _filtered ? _allowed : _live))
        {
            int scored = ScanChosen(options);
            numbers = _plaid.Numbers[..scored];
            scores = _listedScores.AsSpan(0, scored);
        }
        else
        {
            if (_byCentroids)
            {
                _byCentroids = false; // too few were met
                _crew.Run(_tableUnits.Count, _fill);
            }

            _crew.Run(_blocks.Blocks.Length, _scan);
        }

        cancellation.ThrowIfCancellationRequested();
        int rescored = RescoreBest(options.Top, scores, numbers);
        cancellation.ThrowIfCancellationRequested();
        _snapshot.LastRescored = rescored;
        return Result(rescored, options.Top, query.Rows);
    }

    internal SearchPlan PlanOf(SearchOptions options)
    {
        if (options.Among is null)
        {
            Admit(options.Allow);
        }

        return Planned(options);
    }

    public void Dispose()
    {
        _plaid.Dispose();
        _query.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
    }

    private void Admit(Func<string, bool>? allow)
    {
        _filtered = allow is not null;
        if (allow is null || ReferenceEquals(allow, _allow))
        {
            return;
        }

        _allow = null; // it may throw half-way
        _allowedTokens = Set(_allowed, allow);
        _allow = allow;
    }

    /// <summary>Sets the bits of the live passages that may be found; returns how many tokens they have.</summary>
    private long Set(ulong[] bits, Func<string, bool>? allow)
    {
        long tokens = 0;
        Array.Clear(bits);
        for (int s = 0; s < _snapshot.Segments.Count; s++)
        {
            Segment segment = _snapshot.Segments[s];
            ReadOnlySpan<uint> starts = segment.Starts;
            for (int passage = 0; passage < segment.Entry.Passages; passage++)
            {
                if (!segment.IsDead(passage) && (allow is null || allow(segment.Id(passage))))
                {
                    int number = _blocks.Bases[s] + passage;
                    bits[number >> 6] |= 1UL << (number & 63);
                    tokens += starts[passage + 1] - starts[passage];
                }
            }
        }

        return tokens;
    }

    private void Admit(IReadOnlyCollection<string> among)
    {
        _filtered = true;
        _allow = null;
        Array.Clear(_allowed);
        foreach (string id in among)
        {
            for (int s = 0; s < _snapshot.Segments.Count; s++)
            {
                int passage = _snapshot.Segments[s].Find(id);
                if (passage >= 0 && !_snapshot.Segments[s].IsDead(passage))
                {
                    int number = _blocks.Bases[s] + passage;
                    _allowed[number >> 6] |= 1UL << (number & 63);
                }
            }
        }
    }

    private bool IsWanted(Segment segment, int passage, int number) =>
        _filtered ? PassageBits.Has(_allowed, number) : !segment.IsDead(passage);

    /// <summary>Auto is exact while that is fast; a list of ids is short.</summary>
    private SearchPlan Planned(SearchOptions options)
    {
        if (options.Among is not null)
        {
            return SearchPlan.Exact;
        }

        long tokens = _filtered ? _allowedTokens : _snapshot.Tokens;
        return options.Plan != SearchPlan.Auto ? options.Plan : tokens <= PlaidDefaults.ExactTokens ? SearchPlan.Exact : SearchPlan.Plaid;
    }

    private void Fill(int worker, int unit)
    {
        (int codec, int first, int count) = _tableUnits[unit];
        if (_byCentroids)
        {
            _plaid.Score(worker, _workers[worker], codec, first, count);
        }
        else
        {
            _query.FillTable(codec, _snapshot.Codecs[codec], first, count);
        }
    }

    private void Scan(int worker, int index)
    {
        if (_cancellation.IsCancellationRequested)
        {
            return;
        }

        PassageBlock block = _blocks.Blocks[index];
        Segment segment = _snapshot.Segments[block.Segment];
        ResidualCodec codec = _snapshot.Codecs[segment.CodecIndex];
        ReadOnlySpan<uint> starts = segment.Starts;
        int number = _blocks.Bases[block.Segment];
        for (int first = block.First, end; first < block.End; first = end)
        {
            bool wanted = IsWanted(segment, first, number + first);
            for (end = first + 1; end < block.End && IsWanted(segment, end, number + end) == wanted;)
            {
                end++;
            }

            Span<float> scores = _scores.AsSpan(number + first, end - first);
            if (!wanted)
            {
                scores.Fill(float.NegativeInfinity);
                continue;
            }

            TokenColumns columns = Columns(segment, first, end);
            DemandSound(index, block, segment, codec, starts);
            _workers[worker].Scan(_query, segment, codec, starts, first, end, columns, scores);
        }
    }

    /// <summary>
    /// Scores what PLAID chose, the most promising first, until the next ones are not worth it; all of them when the number was given. Returns how many.
    /// </summary>
    private int ScanChosen(SearchOptions options)
    {
        int count = _plaid.Numbers.Length;
        if (_listedScores.Length < count)
        {
            _listedScores = new float[Math.Max(count, 2 * _listedScores.Length)];
        }

        _stop.Begin(options.Top);
        for (_listedFrom = 0; _listedFrom < count; _listedFrom = _listedEnd)
        {
            _listedEnd = options.Candidates > 0 ? count : Math.Min(_listedFrom + ListedBetweenLooks, count);
            _crew.Run((_listedEnd - _listedFrom + ListedAtOnce - 1) / ListedAtOnce, _scanListed);
            _cancellation.ThrowIfCancellationRequested();
            for (int i = _listedFrom; i < _listedEnd; i++)
            {
                _stop.Add(_plaid.Approximation(i), _listedScores[i]);
            }

            if (_listedEnd < count && _stop.IsOver(_plaid.Approximation(_listedEnd)))
            {
                return _listedEnd;
            }
        }

        return count;
    }

    private void ScanListed(int worker, int item)
    {
        if (_cancellation.IsCancellationRequested)
        {
            return;
        }

        ReadOnlySpan<int> numbers = _plaid.Numbers;
        int first = _listedFrom + (item * ListedAtOnce), end = Math.Min(first + ListedAtOnce, _listedEnd);
        ScanWorker own = _workers[worker];
        Pick(own, numbers[first]);
        for (int i = first; i < end; i++)
        {
            own.Advance();
            if (i + 1 < end)
            {
                Pick(own, numbers[i + 1]);
            }

            (int s, int passage) = _blocks.Locate(numbers[i]);
            Segment segment = _snapshot.Segments[s];
            _listedScores[i] = own.Scan(_query, segment, _snapshot.Codecs[segment.CodecIndex], _plaid.Step, Columns(segment, passage, passage + 1), own.Pick);
        }
    }

    /// <summary>Picks the tokens of the passage that comes after the one in work, and asks for what they need.</summary>
    private void Pick(ScanWorker worker, int number)
    {
        (int s, int passage) = _blocks.Locate(number);
        Segment segment = _snapshot.Segments[s];
        TokenColumns columns = Columns(segment, passage, passage + 1);
        _plaid.Pick(segment.CodecIndex, columns.Codes, worker.NextPick);
        for (int block = 0; block < _query.Blocks; block++)
        {
            Prefetch.Read(columns.Rows, segment.RowBytes, worker.NextPick.Of(block));
        }

        Prefetch.Read(columns.Norms);
    }

    private static TokenColumns Columns(Segment segment, int first, int end)
    {
        long token = segment.Starts[first], count = segment.Starts[end] - token;
        return new TokenColumns(token, segment.Rows(token, count), segment.Codes(token, count), segment.Norms(token, count));
    }

    private void DemandSound(int index, PassageBlock block, Segment segment, ResidualCodec codec, ReadOnlySpan<uint> starts)
    {
        if (!_blocks.IsSound(index))
        {
            long token = starts[block.First];
            _blocks.DemandSound(index, segment, segment.Codes(token, starts[block.End] - token), codec.Count, token);
        }
    }

    /// <summary>
    /// Scores again, exactly, in the order of the integer scores, until no passage left can reach the k-th exact score: an integer score is
    /// off by at most the bound, so a passage of the true top k lies within two bounds of the k-th integer score. Without <paramref name="numbers"/> the
    /// scores are those of all passages; with them they are those that PLAID chose, and the stop rule ends the work sooner.
    /// </summary>
    private int RescoreBest(int top, ReadOnlySpan<float> scores, ReadOnlySpan<int> numbers)
    {
        float bound = 0;
        foreach (Segment segment in _snapshot.Segments)
        {
            SegmentParameters p = segment.Parameters;
            float most = p.NormLow + (p.NormStep * byte.MaxValue);
            (float length, float error, float step) = Centroids(segment);
            bound = MathF.Max(bound, _query.Bound(p.MostCoded + length, p.MostGridError + error, step / 2, most, p.NormStep, p.NormLow));
        }

        int wanted = Math.Min(top, scores.Length), count = 0;
        float least = _top.Threshold(scores, wanted) - (2 * bound);
        for (int i = 0; i < scores.Length; i++)
        {
            // Not "greater or equal" alone: with fewer passages than wanted the threshold is minus infinity, and so is an unwanted passage.
            if (scores[i] >= least && scores[i] > float.NegativeInfinity)
            {
                if (count == _candidates.Length)
                {
                    Array.Resize(ref _candidates, count * 2);
                }

                _candidates[count++] = new Candidate(numbers.IsEmpty ? i : numbers[i], scores[i]);
            }
        }

        Span<Candidate> found = _candidates.AsSpan(0, count);
        found.Sort(Candidate.ByScore);
        _top.Clear(wanted);
        _stop.Begin(wanted);
        int done = 0;
        while (done < count && !IsRest(found[done].Score, bound, !numbers.IsEmpty) && !_cancellation.IsCancellationRequested)
        {
            _rescoreFrom = done;
            int part = Math.Min(RescoredAtOnce, count - done);
            for (int i = 0; i < part; i++)
            {
                _integerScores[i] = found[done + i].Score;
            }

            _crew.Run(part, _rescore);
            for (int i = 0; i < part; i++)
            {
                _top.Add(found[done + i].Score);
                _stop.Add(_integerScores[i], found[done + i].Score);
            }

            done += part;
        }

        return done;
    }

    /// <summary>True when no passage of this integer score or less can be among the best; among those that PLAID chose, when that is as good as certain.</summary>
    private bool IsRest(float score, float bound, bool chosen) => (_top.IsFull && score + bound < _top.Least) || (chosen && _stop.IsOver(score));

    /// <summary>What the bound owes to centroids on their grid: the longest one, the largest error and the step of the table; nothing when the table was filled in fp32.</summary>
    private (float Length, float Error, float Step) Centroids(Segment segment)
    {
        CentroidGrid? grid = _byCentroids ? _snapshot.Codecs[segment.CodecIndex].CentroidSet.Grid : null;
        return grid is null ? default : (grid.MostLength, grid.MostError, _plaid.Step);
    }

    private void Rescore(int worker, int item)
    {
        ref Candidate candidate = ref _candidates[_rescoreFrom + item];
        (int s, int passage) = _blocks.Locate(candidate.Number);
        Segment segment = _snapshot.Segments[s];
        candidate = candidate with { Score = _workers[worker].Exact(_query, segment, _snapshot.Codecs[segment.CodecIndex], passage) };
    }

    private ScoredPassage[] Result(int scored, int top, int rows)
    {
        Span<Candidate> found = _candidates.AsSpan(0, scored);
        found.Sort(Candidate.ByScore);
        // Equal scores at the edge of the list: the ids decide, so all of them are looked at.
        int count = Math.Min(top, scored), edge = count;
        while (edge < scored && found[edge].Score == found[count - 1].Score)
        {
            edge++;
        }

        var hits = new ScoredPassage[edge];
        for (int i = 0; i < edge; i++)
        {
            (int s, int passage) = _blocks.Locate(found[i].Number);
            hits[i] = new ScoredPassage(_snapshot.Segments[s].Id(passage), found[i].Score, found[i].Score / rows);
        }

        Array.Sort(hits, static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(a.Id, b.Id));
        return edge == count ? hits : hits[..count];
    }
}

/// <summary>A passage that may be among the best.</summary>
readonly record struct Candidate(int Number, float Score)
{
    internal static readonly Comparison<Candidate> ByScore = static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Number.CompareTo(b.Number);
}
