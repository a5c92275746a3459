using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// For each centroid the passages of a piece of a segment that have a token there, ascending, none twice. Made from the codes when a plan first needs it: one pass over
/// two bytes a token, which is less than reading lists of the same content from disk.
/// </summary>
sealed class PassageLists
{
    private const int MostPassages = 1 << 15; // sums over a piece stay in the second-level cache, and two bytes number its passages
    private readonly int[] _starts; // [centroids + 1]
    private readonly ushort[] _passages; // counted from the first of the piece

    internal PassageLists(Segment segment, int centroids, PassageBlock piece)
    {
        ReadOnlySpan<uint> starts = segment.Starts[piece.First..(piece.End + 1)];
        long token = starts[0];
        ReadOnlySpan<ushort> codes = segment.Codes(token, starts[^1] - token);
        PassageBlocks.DemandSound(segment, codes, centroids, token);
        int[] last = new int[centroids]; // 1 + the passage that was counted last for a centroid
        _starts = new int[centroids + 1];
        for (int passage = 0; passage + 1 < starts.Length; passage++)
        {
            foreach (ushort code in codes[(int)(starts[passage] - token)..(int)(starts[passage + 1] - token)])
            {
                if (last[code] != passage + 1)
                {
                    last[code] = passage + 1;
                    _starts[code + 1]++;
                }
            }
        }

        for (int centroid = 0; centroid < centroids; centroid++)
        {
            _starts[centroid + 1] += _starts[centroid];
        }

        _passages = new ushort[_starts[^1]];
        int[] next = _starts[..^1];
        Array.Clear(last);
        for (int passage = 0; passage + 1 < starts.Length; passage++)
        {
            foreach (ushort code in codes[(int)(starts[passage] - token)..(int)(starts[passage + 1] - token)])
            {
                if (last[code] != passage + 1)
                {
                    last[code] = passage + 1;
                    _passages[next[code]++] = (ushort)passage;
                }
            }
        }
    }

    /// <summary>Cuts the passages of a snapshot into pieces of about the same size, at most <paramref name="most"/> passages each, as many as give <paramref name="threads"/> threads equal work.</summary>
    internal static PassageBlock[] Pieces(PassageBlocks blocks, int threads, int most = MostPassages)
    {
        var pieces = new List<PassageBlock>();
        for (int s = 0; s + 1 < blocks.Bases.Length; s++)
        {
            int passages = blocks.Bases[s + 1] - blocks.Bases[s], count = (passages + most - 1) / most;
            count = passages < most / 2 ? 1 : (count + threads - 1) / threads * threads;
            for (int i = 0; i < count; i++)
            {
                pieces.Add(new PassageBlock(s, (int)((long)passages * i / count), (int)((long)passages * (i + 1) / count)));
            }
        }

        return [.. pieces];
    }

    /// <summary>Passages with a token at a centroid.</summary>
    internal ReadOnlySpan<ushort> Of(int centroid) => _passages.AsSpan(_starts[centroid], _starts[centroid + 1] - _starts[centroid]);
}
