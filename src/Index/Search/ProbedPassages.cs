using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// The passages with a token at a centroid near some row of the query, with a first estimate of their scores from the lists of these centroids alone: a row counts with the
/// nearest centroid at which the passage has a token, a row that finds none with a little less than the farthest centroid looked at (as WARP does it, Scheerer et al. 2025).
/// Reads nothing of a passage, so a passage costs next to nothing here.
/// </summary>
sealed class ProbedPassages
{
    private const float Gap = 0.1f; // from the farthest centroid looked at to what a row is taken to score that finds none: measured in docs/search.md
    private const int MostSum = 4095;
    private const int RowBits = 16;
    private const int SampledFrom = 1 << 18; // passages from which on every fourth one says how the estimates are spread
    private const int Sampling = 4;
    private readonly PassageBlocks _blocks;
    private readonly ListedPiece[] _pieces;
    private readonly uint[] _sums; // by passage: estimate << 16 | last row added, and after its piece is done the estimate alone; 0 when not met
    private readonly int[] _listed; // by passage: numbers of a piece's chosen ones, from the place of its first on
    private readonly int[] _listedCounts; // by piece
    private readonly int _every; // of so many passages one is counted
    private readonly int[][] _counts; // by worker: how many passages have an estimate
    private readonly int[] _met; // by worker: how many have any
    private readonly int[] _bases; // by codec: the estimate of a passage in which no row finds a centroid
    private readonly int[][] _gains; // by codec, what a centroid looked at adds to it [rows, probes]
    private readonly double[] _lows; // the same in cosines, before its place among the codecs is known
    private Probes[] _probes = [];
    private int _rows;
    private uint _least; // estimate of the last passage chosen

    internal ProbedPassages(PassageBlocks blocks, ListedPiece[] pieces, int codecs, int threads, int sampledFrom = SampledFrom)
    {
        (_blocks, _pieces) = (blocks, pieces);
        _every = blocks.Passages >= sampledFrom ? Sampling : 1;
        _sums = new uint[blocks.Passages];
        _listed = new int[blocks.Passages];
        _listedCounts = new int[pieces.Length];
        // Passages that were not met are counted lane by lane: in one place for all, each count would wait for the one before.
        _counts = [.. Enumerable.Range(0, threads).Select(_ => new int[MostSum + 1 + Vector256<uint>.Count])];
        _met = new int[threads];
        _bases = new int[codecs];
        _lows = new double[codecs];
        _gains = [.. Enumerable.Range(0, codecs).Select(_ => Array.Empty<int>())];
    }

    /// <summary>Parts of the work, for <see cref="Meet"/>.</summary>
    internal int Pieces => _pieces.Length;

    /// <summary>Begins a query with the centroids to look at, by codec.</summary>
    internal void Begin(PreparedQuery query, Probes[] probes)
    {
        (_probes, _rows) = (probes, query.Rows);
        double least = double.MaxValue, most = double.MinValue;
        for (int codec = 0; codec < probes.Length; codec++)
        {
            double low = 0, range = 0;
            for (int row = 0; row < _rows; row++)
            {
                ReadOnlySpan<float> scores = probes[codec].Scores(row);
                low += scores[^1] - Gap;
                range += scores[0] - scores[^1] + Gap;
            }

            _lows[codec] = low;
            (least, most) = (Math.Min(least, low), Math.Max(most, low + range));
        }

        double steps = (MostSum - 2) / (most - least); // of a cosine of 1
        for (int codec = 0; codec < probes.Length; codec++)
        {
            _bases[codec] = 1 + (int)((_lows[codec] - least) * steps);
            SetGains(codec, (float)steps);
        }

        Array.ForEach(_counts, Array.Clear);
        Array.Clear(_met);
    }

    /// <summary>Estimates one part of the passages; those without a bit in <paramref name="wanted"/> count as not met.</summary>
    internal void Meet(int worker, int part, ReadOnlySpan<ulong> wanted)
    {
        ListedPiece piece = _pieces[part];
        (int s, int first, int end) = piece.Passages;
        int number = _blocks.Bases[s] + first;
        Span<uint> sums = _sums.AsSpan(number, end - first);
        sums.Clear();
        PassageLists lists = piece.Lists;
        Probes probes = _probes[piece.Codec];
        for (int row = 0; row < _rows; row++)
        {
            ReadOnlySpan<int> centroids = probes.Centroids(row), gains = _gains[piece.Codec].AsSpan(row * centroids.Length, centroids.Length);
            ReadOnlySpan<int> next = row + 1 < _rows ? probes.Centroids(row + 1) : default;
            if (row + 2 < _rows)
            {
                lists.FetchStarts(probes.Centroids(row + 2));
            }

            for (int i = 0; i < centroids.Length; i++)
            {
                if (!next.IsEmpty)
                {
                    Prefetch.Read(lists.Of(next[i]));
                }

                Add(lists.Of(centroids[i]), (uint)gains[i], (ushort)(row + 1), sums);
            }
        }

        _met[worker] += Finish(_counts[worker], number, (uint)_bases[piece.Codec], sums, wanted);
    }

    /// <summary>
    /// Chooses about the <paramref name="kept"/> most promising passages, more where estimates are equal, for <see cref="List"/>; returns how many there are to choose from. When these are no
    /// more than are to be kept, all of them are chosen.
    /// </summary>
    internal int Choose(int kept)
    {
        Span<int> counts = _counts[0];
        foreach (int[] other in _counts.AsSpan(1))
        {
            for (int sum = 0; sum <= MostSum; sum++)
            {
                counts[sum] += other[sum];
            }
        }

        int met = _met.Sum();
        _least = 1;
        long chosen = 0;
        for (uint sum = MostSum; sum > 1 && kept < met; sum--)
        {
            chosen += counts[(int)sum] * _every;
            if (chosen >= kept)
            {
                _least = sum;
                break;
            }
        }

        return met;
    }

    /// <summary>Lists the chosen passages of one part.</summary>
    internal void List(int part)
    {
        (int s, int first, int end) = _pieces[part].Passages;
        int number = _blocks.Bases[s] + first;
        _listedCounts[part] = Keep(number, _sums.AsSpan(number, end - first), _listed.AsSpan(number, end - first));
    }

    /// <summary>Writes the numbers of the chosen passages, ascending, into <paramref name="numbers"/>, which grows as needed; returns how many there are. After every part's <see cref="List"/>.</summary>
    internal int Gather(ref int[] numbers)
    {
        int chosen = _listedCounts.Sum(), count = 0;
        if (numbers.Length < chosen)
        {
            numbers = new int[Math.Max(chosen, 2 * numbers.Length)];
        }

        for (int part = 0; part < _pieces.Length; part++)
        {
            PassageBlock piece = _pieces[part].Passages;
            _listed.AsSpan(_blocks.Bases[piece.Segment] + piece.First, _listedCounts[part]).CopyTo(numbers.AsSpan(count));
            count += _listedCounts[part];
        }

        return chosen;
    }

    private void SetGains(int codec, float steps)
    {
        int probes = _probes[codec].Scores(0).Length;
        if (_gains[codec].Length < _rows * probes)
        {
            _gains[codec] = new int[_rows * probes];
        }

        for (int row = 0; row < _rows; row++)
        {
            ReadOnlySpan<float> scores = _probes[codec].Scores(row);
            for (int i = 0; i < probes; i++)
            {
                _gains[codec][(row * probes) + i] = (int)((scores[i] - scores[^1] + Gap) * steps);
            }
        }
    }

    /// <summary>A row's centroids come nearest first, so the first list in which a passage is found decides.</summary>
    private static void Add(ReadOnlySpan<ushort> passages, uint gain, ushort stamp, Span<uint> sums)
    {
        uint added = gain << RowBits;
        ref uint first = ref MemoryMarshal.GetReference(sums); // lists are made here, and hold numbers of this piece alone
        foreach (ushort passage in passages)
        {
            ref uint sum = ref Unsafe.Add(ref first, passage);
            uint before = sum;
            sum = (ushort)before == stamp ? before : ((before & ~(uint)ushort.MaxValue) + added) | stamp;
        }
    }

    /// <summary>From what was added to estimates, of which every so many are counted; returns how many passages were met.</summary>
    private int Finish(Span<int> counts, int number, uint basis, Span<uint> sums, ReadOnlySpan<ulong> wanted)
    {
        int i = 0, met = 0, stride = _every * Vector256<uint>.Count;
        for (; i < sums.Length && (number + i) % Vector256<uint>.Count != 0; i++)
        {
            met += Finish(counts, number + i, basis, ref sums[i], wanted);
        }

        Vector256<uint> bits = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128), unmet = Vector256<uint>.Indices + Vector256.Create((uint)MostSum + 1);
        ReadOnlySpan<byte> wantedBytes = MemoryMarshal.AsBytes(wanted);
        ref int count = ref MemoryMarshal.GetReference(counts); // no estimate is larger than the most
        for (; i + Vector256<uint>.Count <= sums.Length; i += Vector256<uint>.Count)
        {
            Vector256<uint> added = Vector256.Create<uint>(sums[i..]), isWanted = Vector256.Equals(Vector256.Create((uint)wantedBytes[(number + i) >> 3]) & bits, bits);
            Vector256<uint> sum = ((added >>> RowBits) + Vector256.Create(basis)) & isWanted & ~Vector256.Equals(added, Vector256<uint>.Zero), isUnmet = Vector256.Equals(sum, Vector256<uint>.Zero);
            sum.CopyTo(sums[i..]);
            met += Vector256<uint>.Count - BitOperations.PopCount(isUnmet.ExtractMostSignificantBits());
            if ((number + i) % stride == 0)
            {
                Vector256<uint> places = Vector256.ConditionalSelect(isUnmet, unmet, sum);
                for (int lane = 0; lane < Vector256<uint>.Count; lane++)
                {
                    Unsafe.Add(ref count, places[lane])++;
                }
            }
        }

        for (; i < sums.Length; i++)
        {
            met += Finish(counts, number + i, basis, ref sums[i], wanted);
        }

        return met;
    }

    private static int Finish(Span<int> counts, int number, uint basis, ref uint sum, ReadOnlySpan<ulong> wanted)
    {
        sum = sum != 0 && PassageBits.Has(wanted, number) ? (sum >> RowBits) + basis : 0;
        counts[(int)sum]++;
        return sum != 0 ? 1 : 0;
    }

    private int Keep(int number, ReadOnlySpan<uint> sums, Span<int> listed)
    {
        int count = 0, at = 0;
        for (; at + Vector256<uint>.Count <= sums.Length; at += Vector256<uint>.Count)
        {
            uint found = Vector256.GreaterThanOrEqual(Vector256.Create(sums[at..]), Vector256.Create(_least)).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                listed[count++] = number + at + BitOperations.TrailingZeroCount(found);
            }
        }

        for (; at < sums.Length; at++)
        {
            if (sums[at] >= _least)
            {
                listed[count++] = number + at;
            }
        }

        return count;
    }
}
