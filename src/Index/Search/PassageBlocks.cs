using System.Runtime.CompilerServices;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>A stretch of passages of one segment, the unit of work of a scan.</summary>
/// <param name="Segment">Index of the segment.</param>
/// <param name="First">First passage.</param>
/// <param name="End">One past the last.</param>
readonly record struct PassageBlock(int Segment, int First, int End);

/// <summary>The passages of a snapshot cut into blocks of about 8k tokens, and their numbering over all segments.</summary>
sealed class PassageBlocks
{
    private const long BlockTokens = 8192;
    private readonly int[] _sound; // blocks whose centroid codes were found in range

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // one long loop for each snapshot
    internal PassageBlocks(IReadOnlyList<Segment> segments)
    {
        var blocks = new List<PassageBlock>();
        Bases = new int[segments.Count + 1];
        for (int s = 0; s < segments.Count; s++)
        {
            ReadOnlySpan<uint> starts = segments[s].Starts;
            int count = segments[s].Entry.Passages;
            Bases[s + 1] = checked(Bases[s] + count);
            for (int first = 0, end; first < count; first = end)
            {
                for (end = first + 1; end < count && starts[end + 1] - starts[first] <= BlockTokens;)
                {
                    end++;
                }

                blocks.Add(new PassageBlock(s, first, end));
            }
        }

        Blocks = [.. blocks];
        _sound = new int[Blocks.Length];
    }

    internal PassageBlock[] Blocks { get; }

    /// <summary>Number of the first passage of each segment over all segments; the last entry is their number.</summary>
    internal int[] Bases { get; }

    internal int Passages => Bases[^1];

    internal (int Segment, int Passage) Locate(int number)
    {
        int segment = Array.BinarySearch(Bases, number);
        // Not found: the complement is the next larger one. Found: no segment is empty, so it is the start of that segment.
        segment = segment >= 0 ? segment : ~segment - 1;
        return (segment, number - Bases[segment]);
    }

    internal bool IsSound(int block) => Volatile.Read(ref _sound[block]) != 0;

    /// <summary>Centroid codes index memory, so a block's are checked before their first use, whatever the checksum says.</summary>
    internal void DemandSound(int block, Segment segment, ReadOnlySpan<ushort> codes, int centroids, long firstToken)
    {
        DemandSound(segment, codes, centroids, firstToken);
        Volatile.Write(ref _sound[block], 1);
    }

    /// <summary>An error when a code, the first one that of <paramref name="firstToken"/>, is not below the number of centroids.</summary>
    internal static void DemandSound(Segment segment, ReadOnlySpan<ushort> codes, int centroids, long firstToken)
    {
        int wrong = centroids > ushort.MaxValue ? -1 : codes.IndexOfAnyInRange((ushort)centroids, ushort.MaxValue);
        if (wrong >= 0)
        {
            Throw.Corrupt(segment.Path, BlockFormat.Name(SectionId.Codes), (firstToken + wrong) * sizeof(ushort), $"centroid {codes[wrong]} of {centroids}");
        }
    }
}
