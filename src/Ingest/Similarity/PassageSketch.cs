using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Similarity;

/// <summary>
/// Eight keys of a passage, each of four minima with numbers, negations and grade: near-duplicates (four fifths of their runs of words in common) have one in common 98 times of 100, those that
/// share nine tenths always but once in ten thousand; others seldom do (<see cref="PassageSignature"/> decides).
/// </summary>
[InlineArray(Keys)]
struct PassageSketch
{
    /// <summary>Number of keys.</summary>
    public const int Keys = 8;

    private const int Minima = 4; // a key

    private uint _first;

    /// <summary>The sketches of passages, in their order.</summary>
    public static PassageSketch[] Of(IReadOnlyList<Passage> passages)
    {
        PassageSketch[] sketches = new PassageSketch[passages.Count];
        PassageWords words = new();
        Span<uint> minima = stackalloc uint[Keys * Minima];
        Span<ulong> part = stackalloc ulong[2 + (Minima / 2)];
        for (int i = 0; i < sketches.Length; i++)
        {
            words.Read(passages[i]);
            MinHash.Minima(words.Runs, minima);
            part[0] = words.Exact;
            part[1] = passages[i].Grade is string grade ? XxHash3.HashToUInt64(MemoryMarshal.AsBytes(grade.AsSpan())) : 0;
            for (int key = 0; key < Keys; key++)
            {
                minima.Slice(key * Minima, Minima).CopyTo(MemoryMarshal.Cast<ulong, uint>(part[2..]));
                sketches[i][key] = (uint)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(part), seed: key);
            }
        }

        return sketches;
    }
}
