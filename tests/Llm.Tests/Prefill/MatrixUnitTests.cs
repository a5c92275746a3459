using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Prefill;
using Jmlr.Llm.Threading;
using static TorchSharp.torch;

namespace Jmlr.Llm.Tests.Prefill;

/// <summary>Products in bf16 against sums in double precision: matrices side by side, in one panel and in many, on matrix units where the machine has them, with a bias.</summary>
public sealed unsafe class MatrixUnitTests
{
    [Theory]
    [InlineData(nameof(TileFormat.Q4Min), 96, 100, 40, 70)]
    [InlineData(nameof(TileFormat.Q8), 576, 320, 16, 130)]
    [InlineData(nameof(TileFormat.Q4), 4416, 40, 300, 33)] // columns in two panels
    [InlineData(nameof(TileFormat.F32), 50, 30, 20, 9)] // no whole blocks
    public void Products_of_matrices_side_by_side(string name, int columns, int firstRows, int secondRows, int tokens)
    {
        TileFormat format = Enum.Parse<TileFormat>(name);
        Random random = new(columns);
        using ThreadTeam team = new(2);
        using NativeBuffer first = Weights(format, firstRows, columns, random), second = Weights(format, secondRows, columns, random), bias = new(PackedMatrix.Padded(secondRows) * sizeof(float));
        for (int i = 0; i < secondRows; i++)
        {
            ((float*)bias.Pointer)[i] = i;
        }

        PackedMatrix[] parts = [new(format, firstRows, columns, first.Pointer), new(format, secondRows, columns, second.Pointer, (float*)bias.Pointer)];
        var wide = new WideMatrix(parts);
        using MatrixUnits units = new(team, tokens, wide);
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        Tensor inputs = MatrixUnits.View(empty((tokens + TileProductJob.BlockTokens) * columns, dtype: bfloat16), tokens, columns), outputs = empty(tokens, wide.Rows, dtype: bfloat16);
        inputs.normal_();
        units.Multiply(wide, inputs, outputs);
        float[] x = inputs.to(float32).data<float>().ToArray(), y = outputs.to(float32).data<float>().ToArray(), row = new float[columns];
        for (int p = 0; p < parts.Length; p++)
        {
            for (int r = 0; r < parts[p].Rows; r++)
            {
                parts[p].ReadRow(r, row);
                for (int t = 0; t < tokens; t++)
                {
                    double sum = 0, size = 0;
                    for (int c = 0; c < columns; c++)
                    {
                        double product = (double)row[c] * x[(t * columns) + c];
                        sum += product;
                        size += product * product;
                    }

                    // Each weight is rounded by up to 1/512 of itself, and the sum, and the sum with the bias.
                    double expected = sum + (p == 1 ? r : 0);
                    Assert.Equal(expected, y[(t * wide.Rows) + wide.Start(p) + r], (Math.Sqrt(size) / 100) + ((Math.Abs(sum) + Math.Abs(expected)) / 200) + 1e-6);
                }
            }
        }
    }

    private static NativeBuffer Weights(TileFormat format, int rows, int columns, Random random)
    {
        NativeBuffer weights = new(PackedMatrix.Measure(format, rows, columns));
        for (int i = 0; i < weights.Length; i++)
        {
            // Bytes below 0x40 keep every fp16 and fp32 finite and small.
            weights.Pointer[i] = (byte)random.Next(0x40);
        }

        return weights;
    }
}
