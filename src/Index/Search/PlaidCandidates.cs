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
    private float[] _scores = [];
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

    /// <summary>The chosen passages as a bitmap, or null when fewer were met than are wanted: then everything must be scored. <paramref name="scores"/> is overwritten.</summary>
    internal ulong[]? Find(SearchOptions options, float[] scores, PassageTest wanted)
    {
        (_scores, _wantedProbes) = (scores, options.Probes);
        // The nearest centroids of each codec on one thread, its table of bytes on another.
        _crew.Run(2 * _snapshot.Codecs.Count, _prepare);
        int met = Gather(wanted);
        if (met < options.Top)
        {
            return null;
        }

        int kept = Math.Max(options.Candidates, 4 * options.Top);
        if (met <= kept)
        {
            return _gathered;
        }

        _crew.Run(_blocks.Blocks.Length, _approximate);
        float least = _top.Threshold(_scores, kept);
        for (int word = 0; word < _gathered.Length; word++)
        {
            for (ulong rest = _gathered[word]; rest != 0; rest &= rest - 1)
            {
                int number = (word << 6) + BitOperations.TrailingZeroCount(rest);
                if (_scores[number] < least)
                {
                    _gathered[word] &= ~(1UL << (number & 63));
                }
            }
        }

        return _gathered;
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

    private void Approximate(int worker, int index)
    {
        PassageBlock block = _blocks.Blocks[index];
        Segment segment = _snapshot.Segments[block.Segment];
        ProbeTable table = _tables[segment.CodecIndex];
        ReadOnlySpan<uint> starts = segment.Starts;
        long first = starts[block.First];
        ReadOnlySpan<ushort> codes = segment.Codes(first, starts[block.End] - first);
        int number = _blocks.Bases[block.Segment];
        for (int passage = block.First; passage < block.End; passage++)
        {
            bool gathered = ((_gathered[(number + passage) >> 6] >> ((number + passage) & 63)) & 1) != 0;
            _scores[number + passage] = gathered ? table.Score(codes[(int)(starts[passage] - first)..(int)(starts[passage + 1] - first)]) : float.NegativeInfinity;
        }
    }
}
