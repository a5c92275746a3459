using System.Numerics;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>Says whether a passage of a segment, with its number over all segments, may be returned.</summary>
delegate bool PassageTest(Segment segment, int passage, int number);

/// <summary>
/// Which passages are worth scoring (PLAID, Santhanam et al. 2022): those with a token at one of the centroids nearest to a query token, and of these the best
/// when every token is taken for its centroid. The rest of the search is that of the exact plan.
/// </summary>
sealed class PlaidCandidates : IDisposable
{
    private const int ApproximatedAtOnce = 512;
    private const int Ahead = 4; // passages whose codes are on their way from memory
    private readonly IndexSnapshot _snapshot;
    private readonly PassageBlocks _blocks;
    private readonly Lazy<PassageLists>[] _lists;
    private readonly WorkCrew _crew;
    private readonly PreparedQuery _query;
    private readonly ProbeTable[] _tables;
    private readonly Probes[] _probes;
    private readonly ulong[][] _cells; // by codec, the centroids looked at
    private readonly TopScores _top = new();
    private readonly ulong[] _gathered;
    private readonly Action<int, int> _approximate, _prepare;
    private int[] _numbers = [];
    private float[] _scores = []; // of _numbers, each passage's token taken for its centroid
    private int _count;
    private int _wantedProbes;

    internal PlaidCandidates(IndexSnapshot snapshot, PassageBlocks blocks, Lazy<PassageLists>[] lists, WorkCrew crew, PreparedQuery query)
    {
        (_snapshot, _blocks, _lists, _crew, _query) = (snapshot, blocks, lists, crew, query);
        _tables = [.. snapshot.Codecs.Select(_ => new ProbeTable())];
        _probes = [.. snapshot.Codecs.Select(_ => new Probes())];
        _cells = [.. snapshot.Codecs.Select(codec => new ulong[(codec.Count + 63) / 64])];
        _gathered = new ulong[(blocks.Passages + 63) / 64];
        (_approximate, _prepare) = (Approximate, Prepare);
    }

    /// <summary>Numbers of the chosen passages, ascending, after <see cref="Find"/>. Their segments' codes are in range.</summary>
    internal ReadOnlySpan<int> Numbers => _numbers.AsSpan(0, _count);

    /// <summary>Chooses; false when fewer passages were met than are wanted: then everything must be scored.</summary>
    internal bool Find(SearchOptions options, PassageTest wanted)
    {
        _wantedProbes = options.Probes;
        // The nearest centroids of each codec on one thread, its table of bytes on another.
        _crew.Run(2 * _snapshot.Codecs.Count, _prepare);
        int met = Gather(wanted);
        if (met < options.Top)
        {
            return false;
        }

        List(met);
        int kept = Math.Max(options.Candidates > 0 ? options.Candidates : PlaidDefaults.CandidatesOf(_blocks.Passages), 4 * options.Top);
        if (met > kept)
        {
            _crew.Run((met + ApproximatedAtOnce - 1) / ApproximatedAtOnce, _approximate);
            float least = _top.Threshold(_scores.AsSpan(0, met), kept);
            _count = 0;
            for (int i = 0; i < met; i++)
            {
                if (_scores[i] >= least)
                {
                    _numbers[_count++] = _numbers[i];
                }
            }
        }

        return true;
    }

    public void Dispose() => Array.ForEach(_tables, table => table.Dispose());

    private void Prepare(int worker, int item)
    {
        int codec = item >> 1, centroids = _snapshot.Codecs[codec].Count;
        if ((item & 1) == 0)
        {
            _probes[codec].Find(_query, codec, centroids, _wantedProbes, _cells[codec]);
        }
        else
        {
            _tables[codec].Prepare(centroids, _query.Blocks);
            _tables[codec].Fill(_query, codec, 0, centroids);
        }
    }

    private int Gather(PassageTest wanted)
    {
        Array.Clear(_gathered);
        int met = 0;
        for (int s = 0; s < _snapshot.Segments.Count; s++)
        {
            Segment segment = _snapshot.Segments[s];
            PassageLists lists = _lists[s].Value;
            ulong[] cells = _cells[segment.CodecIndex];
            for (int word = 0; word < cells.Length; word++)
            {
                for (ulong rest = cells[word]; rest != 0; rest &= rest - 1)
                {
                    foreach (int passage in lists.Of((word << 6) + BitOperations.TrailingZeroCount(rest)))
                    {
                        int number = _blocks.Bases[s] + passage;
                        ulong bit = 1UL << (number & 63);
                        if ((_gathered[number >> 6] & bit) == 0 && wanted(segment, passage, number))
                        {
                            _gathered[number >> 6] |= bit;
                            met++;
                        }
                    }
                }
            }
        }

        return met;
    }

    /// <summary>The bitmap as numbers.</summary>
    private void List(int met)
    {
        if (_numbers.Length < met)
        {
            _numbers = new int[Math.Max(met, 2 * _numbers.Length)];
            _scores = new float[_numbers.Length];
        }

        _count = 0;
        for (int word = 0; word < _gathered.Length; word++)
        {
            for (ulong rest = _gathered[word]; rest != 0; rest &= rest - 1)
            {
                _numbers[_count++] = (word << 6) + BitOperations.TrailingZeroCount(rest);
            }
        }
    }

    private void Approximate(int worker, int item)
    {
        int first = item * ApproximatedAtOnce, end = Math.Min(first + ApproximatedAtOnce, _count);
        for (int i = first; i < end; i++)
        {
            if (i + Ahead < end)
            {
                Prefetch.Read(Codes(_numbers[i + Ahead], out _));
            }

            ReadOnlySpan<ushort> codes = Codes(_numbers[i], out Segment segment);
            _scores[i] = _tables[segment.CodecIndex].Score(codes);
        }
    }

    private ReadOnlySpan<ushort> Codes(int number, out Segment segment)
    {
        (int s, int passage) = _blocks.Locate(number);
        segment = _snapshot.Segments[s];
        ReadOnlySpan<uint> starts = segment.Starts;
        return segment.Codes(starts[passage], starts[passage + 1] - starts[passage]);
    }
}
