using System.Runtime.InteropServices;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Encoding.FewTokens;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;
using static TorchSharp.torch;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>The way of queries against the way of passages, through libtorch, which goldens hold to the reference; and its steps against fp64.</summary>
public sealed unsafe class FewTokenBertTests
{
    private const int Dimension = 48;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(15, 15)]
    [InlineData(16, 9)]
    [InlineData(17, 17)]
    [InlineData(31, 30)]
    [InlineData(32, 32)]
    [InlineData(32, 3)]
    public void A_query_has_the_states_that_libtorch_gives(int tokens, int length)
    {
        TorchRuntime.Start(2);
        string folder = Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever");
        BertConfiguration configuration = BertConfiguration.Read(Path.Combine(folder, "config.json"));
        using var file = new BertFile(WeightSource.Open(folder), configuration);
        Assert.SkipUnless(FewTokenBert.Supports(file, Dimension), "needs AVX-512");
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        using var encoder = new BertEncoder(configuration, new BertWeights(file, float32, CPU), threads: 2);
        Tensor projection = randn(Dimension, configuration.HiddenSize, generator: new Generator(7));
        long[] ids = [.. Enumerable.Range(0, tokens).Select(i => 1000L + (i * 977 % 20_000))];
        Tensor last = encoder.Forward(tensor(ids, 1, tokens), [length]);
        float[] expected = Floats(last), unit = Floats(nn.functional.normalize(last.matmul(projection.t()), p: 2, dim: -1));
        using var few = new FewTokenBert(file, Floats(projection), 2);
        for (int round = 0; round < 2; round++)
        {
            float[] states = new float[tokens * configuration.HiddenSize];
            few.Run(ids, length, states);
            Assert.All(states, (value, i) => Assert.InRange(Math.Abs(value - expected[i]), 0, 1e-4));
            foreach (int kept in (int[])[tokens, length])
            {
                float[] vectors = new float[kept * Dimension];
                few.Encode(ids, length, vectors);
                Assert.All(vectors, (value, i) => Assert.InRange(Math.Abs(value - unit[i]), 0, 1e-4));
            }
        }
    }

    [Theory]
    [InlineData(16, 16, false)]
    [InlineData(48, 80, false)]
    [InlineData(192, 384, false)]
    [InlineData(16, 16, true)]
    [InlineData(48, 80, true)]
    [InlineData(192, 384, true)]
    public void Products_are_those_of_fp64(int count, int stride, bool half)
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "needs AVX-512");
        var random = new Random(count);
        float[] weights = Values(random, ProductAvx512.Outputs * stride), inputs = Values(random, count * FewTokenBert.MostTokens), sums = Values(random, ProductAvx512.Outputs * FewTokenBert.MostTokens);
        float[] before = [.. sums];
        fixed (float* w = weights, x = inputs, s = sums)
        {
            if (half)
            {
                ProductAvx512.AddHalf(w, stride, x, count, s);
            }
            else
            {
                ProductAvx512.Add(w, stride, x, count, s);
            }
        }

        for (int output = 0; output < ProductAvx512.Outputs; output++)
        {
            for (int token = 0; token < FewTokenBert.MostTokens; token++)
            {
                int at = (output * FewTokenBert.MostTokens) + token;
                double sum = before[at];
                if (half && token >= FewTokenBert.MostTokens / 2)
                {
                    Assert.Equal(sum, sums[at]);
                    continue;
                }

                sum += Enumerable.Range(0, count).Sum(i => (double)weights[(output * stride) + i] * inputs[(i * FewTokenBert.MostTokens) + token]);
                Assert.InRange(Math.Abs(sums[at] - sum), 0, 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Gelu_is_that_of_libtorch(int tokens)
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "needs AVX-512");
        using var scope = NewDisposeScope();
        float[] values = [.. Enumerable.Range(-320, 640).Select(i => i / 32f)];
        float[] expected = Floats(nn.functional.gelu(tensor(values).to(float64)).to(float32));
        fixed (float* at = values)
        {
            StepsAvx512.Gelu(at, values.Length / FewTokenBert.MostTokens, tokens);
        }

        float[] before = [.. Enumerable.Range(-320, 640).Select(i => i / 32f)];
        Assert.All(values, (value, i) => Assert.InRange(Math.Abs(value - (i % FewTokenBert.MostTokens < tokens ? expected[i] : before[i])), 0, 2e-6));
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    private static float[] Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.contiguous().bytes).ToArray();
}
