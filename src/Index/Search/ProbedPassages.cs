using System.Numerics;
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
    private readonly PassageBlocks _blocks;
    private readonly ListedPiece[] _pieces;
    private readonly uint[] _sums; // by passage: estimate << 16 | last row added, and after its piece is done the estimate alone; 0 when not met
    private readonly int[][] _counts; // by worker: how many passages have an estimate
    private readonly int[] _bases; // by codec: the estimate of a passage in which no row finds a centroid
    private readonly int[][] _gains; // by codec, what a centroid looked at adds to it [rows, probes]
    private readonly double[] _lows; // the same in cosines, before its place among the codecs is known
    private Probes[] _probes = [];
    private int _rows;

    internal ProbedPassages(PassageBlocks blocks, ListedPiece[] pieces, int codecs, int threads)
    {
        (_blocks, _pieces) = (blocks, pieces);
        _sums = new uint[blocks.Passages];
        _counts = [.. Enumerable.Range(0, threads).Select(_ => new int[MostSum + 1])];
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
                low += scores[^1] - Gap - query.Offset(codec, row);
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

        Finish(_counts[worker], number, (uint)_bases[piece.Codec], sums, wanted);
    }

    /// <summary>
    /// Writes the numbers of the <paramref name="kept"/> most promising passages, more where estimates are equal, ascending into <paramref name="numbers"/>, which grows as
    /// needed; returns how many there are, and in <paramref name="met"/> how many there were to choose from.
    /// </summary>
    internal int Choose(int kept, ref int[] numbers, out int met)
    {
        Span<int> counts = _counts[0];
        foreach (int[] other in _counts.AsSpan(1))
        {
            for (int sum = 0; sum < counts.Length; sum++)
            {
                counts[sum] += other[sum];
            }
        }

        (met, int chosen) = (0, 0);
        uint least = MostSum + 1;
        for (int sum = MostSum; sum > 0; sum--)
        {
            met += counts[sum];
            if (chosen < kept)
            {
                (chosen, least) = (met, (uint)sum);
            }
        }

        if (numbers.Length < chosen)
        {
            numbers = new int[Math.Max(chosen, 2 * numbers.Length)];
        }

        List(least, numbers);
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
        foreach (ushort passage in passages)
        {
            ref uint sum = ref sums[passage];
            uint before = sum;
            sum = (ushort)before == stamp ? before : ((before & ~(uint)ushort.MaxValue) + added) | stamp;
        }
    }

    /// <summary>From what was added to estimates, which are counted.</summary>
    private static void Finish(Span<int> counts, int number, uint basis, Span<uint> sums, ReadOnlySpan<ulong> wanted)
    {
        int i = 0;
        for (; i < sums.Length && (number + i) % Vector256<uint>.Count != 0; i++)
        {
            Finish(counts, number + i, basis, ref sums[i], wanted);
        }

        Vector256<uint> bits = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128);
        ReadOnlySpan<byte> wantedBytes = MemoryMarshal.AsBytes(wanted);
        for (; i + Vector256<uint>.Count <= sums.Length; i += Vector256<uint>.Count)
        {
            Vector256<uint> added = Vector256.Create<uint>(sums[i..]), isWanted = Vector256.Equals(Vector256.Create((uint)wantedBytes[(number + i) >> 3]) & bits, bits);
            Vector256<uint> sum = ((added >>> RowBits) + Vector256.Create(basis)) & isWanted & ~Vector256.Equals(added, Vector256<uint>.Zero);
            sum.CopyTo(sums[i..]);
            for (int lane = 0; lane < Vector256<uint>.Count; lane++)
            {
                counts[(int)sums[i + lane]]++;
            }
        }

        for (; i < sums.Length; i++)
        {
            Finish(counts, number + i, basis, ref sums[i], wanted);
        }
    }

    private static void Finish(Span<int> counts, int number, uint basis, ref uint sum, ReadOnlySpan<ulong> wanted)
    {
        sum = sum != 0 && PassageBits.Has(wanted, number) ? (sum >> RowBits) + basis : 0;
        counts[(int)sum]++;
    }

    private void List(uint least, Span<int> numbers)
    {
        int count = 0, at = 0;
        for (; at + Vector256<uint>.Count <= _sums.Length; at += Vector256<uint>.Count)
        {
            uint found = Vector256.GreaterThanOrEqual(Vector256.Create<uint>(_sums.AsSpan(at)), Vector256.Create(least)).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                numbers[count++] = at + BitOperations.TrailingZeroCount(found);
            }
        }

        for (; at < _sums.Length; at++)
        {
            if (_sums[at] >= least)
            {
                numbers[count++] = at;
            }
        }
    }
}
