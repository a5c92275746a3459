using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>Every instruction set against plain sums in double precision, for every stored type and odd sizes.</summary>
public sealed unsafe class TileKernelTests
{
    public static TheoryData<string, TensorType> Cases()
    {
        TheoryData<string, TensorType> cases = [];
        foreach (string set in InstructionSet.Available)
        {
            foreach (TensorType type in (TensorType[])[TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1, TensorType.Q8_0, TensorType.Q4_K, TensorType.Q5_K, TensorType.Q6_K, TensorType.Q2_K, TensorType.Q3_K, TensorType.IQ4_NL, TensorType.IQ4_XS, TensorType.F16, TensorType.BF16, TensorType.F32])
            {
                cases.Add(set, type);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_of_quantised_inputs(string set, TensorType type)
    {
        foreach ((int rows, int columns, int tokens) in new[] { (1, 256, 1), (16, 256, 8), (33, 512, 1), (777, 256, 1), (1045, 256, 1), (33, 256, 3), (47, 768, 9), (50, 256, 20) })
        {
            Multiply(set, type, rows, columns, tokens, reference: false);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_in_fp32(string set, TensorType type) => Multiply(set, type, 21, 256, 5, reference: true);

    [Fact]
    public void Widths_without_blocks_take_fp32()
    {
        foreach (string set in InstructionSet.Available)
        {
            Multiply(set, TensorType.F16, 19, 45, 1, reference: false);
            Multiply(set, TensorType.F16, 19, 45, 11, reference: false);
        }
    }

    private static void Multiply(string name, TensorType type, int rows, int columns, int tokens, bool reference)
    {
        var set = InstructionSet.Create(name);
        Random random = new(rows + (31 * columns) + (int)type);
        byte[] stored = RandomWeights.Of(type, rows * columns, random);
        float[] weights = new float[rows * columns];
        Assert.True(Dequantiser.TryConvert(type, stored, weights));
        using ThreadTeam team = new(2);
        using Activations x = new(tokens, columns);
        TileFormat format = TileFormatChoice.Of(type, columns, reference)!.Value;
        using NativeBuffer memory = new(PackedMatrix.Measure(format, rows, columns), clear: false);
        using NativeBuffer output = new(tokens * (rows + 16) * sizeof(float));
        var matrix = new PackedMatrix(format, rows, columns, memory.Pointer);
        float[] inputs = [.. Enumerable.Range(0, tokens * columns).Select(_ => (float)((random.NextDouble() - 0.5) * 4))];
        fixed (byte* start = stored)
        fixed (float* values = inputs)
        {
            new PackingJob(team).Run("test", new SourceMatrix("w", type, rows, columns, (nint)start, 0), matrix);
            using InputJob input = new(team, set.Floats, x, format != TileFormat.F32, format == TileFormat.F32, columns);
            input.Plain(values, columns, columns, tokens);
            new MultiplyJob(team, set, x).Run(matrix, (float*)output.Pointer);
        }

        float[] row = new float[columns];
        bool rounded = type is TensorType.Q2_K or TensorType.Q3_K or TensorType.Q6_K or TensorType.F16 or TensorType.BF16 or TensorType.F32 && format == TileFormat.Q8;
        for (int r = 0; r < rows; r++)
        {
            // What is packed is what was stored, up to the rounding that the format is documented to have.
            matrix.ReadRow(r, row);
            float largest = weights.AsSpan(r * columns, columns).ToArray().Max(MathF.Abs);
            bool exact = format == TileFormat.F32 || type is TensorType.Q4_0 or TensorType.Q4_1 or TensorType.Q5_0 or TensorType.Q5_1 or TensorType.Q8_0 or TensorType.IQ4_NL;
            Goldens.Close(weights.AsSpan(r * columns, columns), row, exact ? 0 : (rounded ? 0.005 : 0.001) * largest);
            for (int t = 0; t < tokens; t++)
            {
                double sum = 0, size = 0;
                for (int c = 0; c < columns; c++)
                {
                    double product = row[c] * (double)Input(x, inputs, format, t, c);
                    (sum, size) = (sum + product, size + Math.Abs(product));
                }

                Assert.Equal(sum, ((float*)output.Pointer)[(t * matrix.PaddedRows) + r], (1e-5 * size) + 1e-6);
            }
        }
    }

    // The input as the kernel sees it, after quantisation; it may be off by half a step of its block.
    private static float Input(Activations x, float[] inputs, TileFormat format, int token, int column)
    {
        float exact = inputs[(token * x.Columns) + column];
        int group = token / x.Lanes, lane = token % x.Lanes;
        if (format == TileFormat.F32)
        {
            Assert.Equal(exact, x.Values[(group * x.GroupStride) + (column * x.Lanes) + lane]);
            return exact;
        }

        float scale = x.Scales[(((group * (x.Columns / 32)) + (column / 32)) * x.Lanes) + lane];
        float seen = scale * x.Quants[(group * x.GroupStride) + (((column / 4 * x.Lanes) + lane) * 4) + (column % 4)];
        Assert.Equal(exact, seen, (0.5001 * scale) + 1e-7);
        return seen;
    }
}
