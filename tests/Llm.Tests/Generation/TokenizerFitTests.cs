using Jmlr.Llm.Generation;

namespace Jmlr.Llm.Tests.Generation;

/// <summary>Tokenizers beside embeddings, with the sizes of released models.</summary>
public sealed class TokenizerFitTests
{
    [Theory]
    [InlineData(32001, 32001, true)]
    [InlineData(32011, 32064, true)] // padded to a multiple of 64
    [InlineData(151665, 152064, true)] // of 512
    [InlineData(32001, 32000, false)] // a token without a row
    [InlineData(32000, 49152, false)] // Llama 2's beside SmolLM2
    [InlineData(49152, 128256, false)]
    public void Padding_is_small(int tokens, int rows, bool fits) => Assert.Equal(fits, GeneratorLoader.Fits(tokens, rows));
}
