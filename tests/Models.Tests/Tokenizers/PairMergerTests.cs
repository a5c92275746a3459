using Jmlr.Models.Tokenizers.Merging;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class PairMergerTests
{
    /// <summary>Any pair may merge, in an order that depends on bytes and cut; many ranks are equal.</summary>
    private readonly struct Arbitrary(int seed) : IMergeRule
    {
        public int Rank(ReadOnlySpan<byte> bytes, int cut, out int merged)
        {
            int hash = seed;
            foreach (byte value in bytes)
            {
                hash = unchecked((hash * 31) + value);
            }

            merged = hash & 0xFFFFFF;
            return bytes.Length > 7 || (hash & 3) == 0 ? -1 : ((hash >>> 5) + cut) % 9;
        }
    }

    [Fact]
    public void The_heap_gives_what_the_scan_gives()
    {
        Random random = new(11);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 90)];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)random.Next(97, 100);
            }

            Symbols scan = Start(bytes);
            Symbols heap = Start(bytes);
            PairMerger.MergeByScan(bytes, scan, new Arbitrary(round));
            PairMerger.MergeByHeap(bytes, heap, new Arbitrary(round));
            Assert.Equal(List(scan), List(heap));
        }
    }

    private static Symbols Start(byte[] bytes)
    {
        Symbols symbols = new() { Length = bytes.Length };
        for (int i = 0; i < bytes.Length; i++)
        {
            symbols.Add(bytes[i], i);
        }

        return symbols;
    }

    private static List<(int Id, int Start)> List(Symbols symbols)
    {
        List<(int, int)> list = [];
        for (int i = 0; i < symbols.Count; i = symbols.Nexts[i])
        {
            list.Add((symbols.Ids[i], symbols.Starts[i]));
        }

        return list;
    }
}
