using Jmlr.Index.Codec;

namespace Jmlr.Index.Tests.Codec;

public sealed class CentroidCountTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 8)]
    [InlineData(100, 16)]
    [InlineData(3_680, 64)]
    [InlineData(118_268, 1024)]
    [InlineData(552_737, 4096)] // NFCorpus
    [InlineData(971_714, 8192)] // SciFact
    [InlineData(12_000_000, 32_768)]
    [InlineData(120_000_000, 65_536)]
    public void The_rule_of_colbert_with_a_cap_for_small_collections(long tokens, int expected) => Assert.Equal(expected, CentroidCount.For(tokens));
}
