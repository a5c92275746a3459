using Jmlr.Ingest.Similarity;

namespace Jmlr.Ingest.Tests.Similarity;

public class MinHashTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 128)]
    [InlineData(37, 32)]
    [InlineData(501, 128)]
    public void Eight_functions_at_a_time_give_what_one_by_one_gives(int values, int functions)
    {
        Random random = new(values);
        ulong[] set = [.. Enumerable.Range(0, values).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
        uint[] minima = new uint[functions], expected = new uint[functions];
        MinHash.Minima(set, minima);
        MinHash.MinimaScalar(set, expected);
        Assert.Equal(expected, minima);
    }
}
