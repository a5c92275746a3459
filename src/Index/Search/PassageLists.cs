using Jmlr.Index.Kernels;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// For each centroid the passages of a piece of a segment that have a token there, ascending, none twice. Made from the codes when a plan first needs it: one pass over
/// two bytes a token, which is less than reading lists of the same content from disk. In native memory, which the launcher has backed by huge pages: a query reads
/// some hundred short lists of each piece, each in another place.
/// </summary>
sealed unsafe class PassageLists : IDisposable
{
    private const int MostPassages = 1 << 16; // sums over a piece stay in the second-level cache, and two bytes number its passages
    private const int SmallPart = 4; // of the most: so few passages are not worth cutting
    private readonly AlignedBuffer<int> _starts = new(); // [centroids + 1]
    private readonly AlignedBuffer<ushort> _passages = new(); // counted from the first of the piece

    internal PassageLists(Segment segment, int centroids, PassageBlock piece)
    {
        ReadOnlySpan<uint> starts = segment.Starts[piece.First..(piece.End + 1)];
        long token = starts[0];
        ReadOnlySpan<ushort> codes = segment.Codes(token, starts[^1] - token);
        PassageBlocks.DemandSound(segment, codes, centroids, token);
        int[] last = new int[centroids]; // 1 + the passage that was counted last for a centroid
        int* first = _starts.Ensure(centroids + 1);
        new Span<int>(first, centroids + 1).Clear();
        for (int passage = 0; passage + 1 < starts.Length; passage++)
        {
            foreach (ushort code in codes[(int)(starts[passage] - token)..(int)(starts[passage + 1] - token)])
            {
                if (last[code] != passage + 1)
                {
                    last[code] = passage + 1;
                    first[code + 1]++;
                }
            }
        }

        for (int centroid = 0; centroid < centroids; centroid++)
        {
            first[centroid + 1] += first[centroid];
        }

        ushort* passages = _passages.Ensure(first[centroids]);
        int[] next = new Span<int>(first, centroids).ToArray();
        Array.Clear(last);
        for (int passage = 0; passage + 1 < starts.Length; passage++)
        {
            foreach (ushort code in codes[(int)(starts[passage] - token)..(int)(starts[passage + 1] - token)])
            {
                if (last[code] != passage + 1)
                {
                    last[code] = passage + 1;
                    passages[next[code]++] = (ushort)passage;
                }
            }
        }
    }

    /// <summary>
    /// Cuts the passages of a snapshot into pieces of at most <paramref name="most"/>, those of a segment about equal. The fewer the better, as every piece has lists of its own, but
    /// where segments are few, as many as give <paramref name="threads"/> threads equal work.
    /// </summary>
    internal static PassageBlock[] Pieces(PassageBlocks blocks, int threads, int most = MostPassages)
    {
        var pieces = new List<PassageBlock>();
        int segments = blocks.Bases.Length - 1;
        for (int s = 0; s < segments; s++)
        {
            int passages = blocks.Bases[s + 1] - blocks.Bases[s], count = (passages + most - 1) / most;
            if (passages >= most / SmallPart && (count > 1 || segments < 2 * threads))
            {
                count = (count + threads - 1) / threads * threads;
            }

            for (int i = 0; i < count; i++)
            {
                pieces.Add(new PassageBlock(s, (int)((long)passages * i / count), (int)((long)passages * (i + 1) / count)));
            }
        }

        return [.. pieces];
    }

    /// <summary>Passages with a token at a centroid.</summary>
    internal ReadOnlySpan<ushort> Of(int centroid) => new(_passages.Pointer + _starts.Pointer[centroid], _starts.Pointer[centroid + 1] - _starts.Pointer[centroid]);

    /// <summary>Asks for where the lists of <paramref name="centroids"/> begin.</summary>
    internal void FetchStarts(ReadOnlySpan<int> centroids)
    {
        foreach (int centroid in centroids)
        {
            Prefetch.Read(new ReadOnlySpan<int>(_starts.Pointer + centroid, 1));
        }
    }

    public void Dispose()
    {
        _starts.Dispose();
        _passages.Dispose();
    }
}
