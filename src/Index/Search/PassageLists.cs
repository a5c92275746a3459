using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>
/// For each centroid of a segment the passages that have a token there, ascending, none twice. Made from the codes when a plan first needs it: one pass over
/// two bytes a token, which is less than reading lists of the same content from disk.
/// </summary>
sealed class PassageLists
{
    private readonly int[] _starts; // [centroids + 1]
    private readonly int[] _passages;

    internal PassageLists(Segment segment, int centroids, PassageBlocks blocks, int segmentIndex)
    {
        ReadOnlySpan<uint> starts = segment.Starts;
        int passages = segment.Entry.Passages;
        ReadOnlySpan<ushort> codes = segment.Codes(0, segment.Entry.Tokens);
        blocks.DemandAllSound(segmentIndex, segment, centroids);
        int[] last = new int[centroids]; // 1 + the passage that was counted last for a centroid
        _starts = new int[centroids + 1];
        for (int passage = 0; passage < passages; passage++)
        {
            foreach (ushort code in codes[(int)starts[passage]..(int)starts[passage + 1]])
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

        _passages = new int[_starts[^1]];
        int[] next = _starts[..^1];
        Array.Clear(last);
        for (int passage = 0; passage < passages; passage++)
        {
            foreach (ushort code in codes[(int)starts[passage]..(int)starts[passage + 1]])
            {
                if (last[code] != passage + 1)
                {
                    last[code] = passage + 1;
                    _passages[next[code]++] = passage;
                }
            }
        }
    }

    internal ReadOnlySpan<int> Of(int centroid) => _passages.AsSpan(_starts[centroid], _starts[centroid + 1] - _starts[centroid]);
}
