using Jmlr.Llm.Configuration;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Tests.Prefill;

/// <summary>Attention of long prompts against the plain sum in double precision: at the start, behind fewer tokens than it has, and behind more.</summary>
public sealed unsafe class PromptAttentionTests
{
    [Theory]
    [InlineData(4, 2, 16, 0, 5)]
    [InlineData(6, 2, 16, 3, 7)]
    [InlineData(2, 2, 32, 10, 3)]
    [InlineData(3, 1, 80, 700, 300)] // more than one piece, the last not whole
    [InlineData(4, 4, 64, 256, 256)]
    public void Every_token_sees_those_before_it(int heads, int kvHeads, int size, int position, int tokens)
    {
        TorchRuntime.Start(2);
        using ThreadTeam team = new(2);
        LlamaConfiguration c = new()
        {
            LayerCount = 1,
            HiddenSize = heads * size,
            FeedForwardSize = 32,
            HeadCount = heads,
            KeyValueHeadCount = kvHeads,
            HeadSize = size,
            VocabularySize = 32,
            ContextLength = 2048,
            RmsNormEpsilon = 1e-5f,
            RopeTheta = 10000,
        };
        using FusedPromptAttention fused = new(c, team);
        Check(fused, heads, kvHeads, size, position, tokens);
        if (TileProduct.IsSupported && TilePromptAttention.Supports(c))
        {
            using TilePromptAttention tiles = new(c, team);
            Check(tiles, heads, kvHeads, size, position, tokens);
        }
    }

    private static void Check(PromptAttention attention, int heads, int kvHeads, int size, int position, int tokens)
    {

        // A longer and a shorter use before: what they left must not be seen.
        foreach ((int before, int count) in ((int, int)[])[(position + 600, tokens), (0, tokens), (position, tokens)])
        {
            Random random = new(7);
            int length = before + count;
            double[][] queries = Fill(heads * count, size, random), keys = Fill(kvHeads * length, size, random), values = Fill(kvHeads * length, size, random);
            attention.Shape(before, count);
            Put(queries, count, attention.PutQuery);
            Put(keys, length, attention.PutKey);
            Put(values, length, attention.PutValue);
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            Tensor outputs = zeros(count, heads * size, dtype: bfloat16);
            attention.Run(outputs);
            float[] actual = outputs.to(float32).data<float>().ToArray();
            for (int head = 0; head < heads; head++)
            {
                for (int token = 0; token < count; token++)
                {
                    int shared = head / (heads / kvHeads) * length;
                    double[] expected = Mixed(queries[(head * count) + token], keys.AsSpan(shared, before + token + 1), values.AsSpan(shared, before + token + 1));
                    for (int i = 0; i < size; i++)
                    {
                        Assert.Equal(expected[i], actual[(token * heads * size) + (head * size) + i], 0.02);
                    }
                }
            }
        }
    }

    private static double[] Mixed(double[] query, ReadOnlySpan<double[]> keys, ReadOnlySpan<double[]> values)
    {
        double[] mixed = new double[query.Length];
        double total = 0;
        for (int k = 0; k < keys.Length; k++)
        {
            double weight = Math.Exp(query.Zip(keys[k], (a, b) => a * b).Sum() / Math.Sqrt(query.Length));
            total += weight;
            for (int i = 0; i < mixed.Length; i++)
            {
                mixed[i] += weight * values[k][i];
            }
        }

        return [.. mixed.Select(value => value / total)];
    }

    // Numbers that bf16 holds.
    private static double[][] Fill(int rows, int size, Random random) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, size).Select(_ => (random.Next(256) - 128) / 64.0).ToArray())];

    private unsafe delegate void Place(int head, int token, float* row);

    private static void Put(double[][] rows, int count, Place place)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            float[] numbers = [.. rows[row].Select(number => (float)number)];
            fixed (float* from = numbers)
            {
                place(row / count, row % count, from);
            }
        }
    }
}
