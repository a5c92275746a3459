using Jmlr.Llm.Kernels;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>Weights of attention on matrix units: the vector form against the scalar one, and that against the definition.</summary>
public sealed unsafe class BrainSoftmaxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(500)]
    public void Weights_of_the_visible_scores(int visible)
    {
        const int stride = 3 * BrainSoftmax.Block;
        int padded = (visible + BrainSoftmax.Block - 1) / BrainSoftmax.Block;
        Random random = new(visible);
        float[] scores = [.. Enumerable.Range(0, padded * stride).Select(_ => (random.NextSingle() - 0.5f) * 60)];
        ushort[] slow = new ushort[scores.Length], fast = new ushort[scores.Length];
        double[] expected = [.. Enumerable.Range(0, visible).Select(i => scores[(i / BrainSoftmax.Block * stride) + (i % BrainSoftmax.Block)] * 0.125)];
        double largest = expected.Max(), total = expected.Sum(score => Math.Exp(score - largest));
        ushort[][] both = BrainKernels.Fast ? [slow, fast] : [slow];
        foreach (ushort[] weights in both)
        {
            fixed (float* s = scores)
            fixed (ushort* w = weights)
            {
                Assert.Equal(total, BrainSoftmax.Run(s, visible, stride, 0.125f, w, weights == fast), total * 1e-5);
            }

            for (int i = 0; i < padded * BrainSoftmax.Block; i++)
            {
                float weight = BitConverter.UInt32BitsToSingle((uint)weights[(i / BrainSoftmax.Block * stride) + (i % BrainSoftmax.Block)] << 16);
                double wanted = i < visible ? Math.Exp(expected[i] - largest) : 0;
                Assert.Equal(wanted, weight, wanted / 250);
            }
        }
    }
}
