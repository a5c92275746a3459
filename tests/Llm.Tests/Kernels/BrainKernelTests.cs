using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>Weights and numbers in bf16: the vector forms against the scalar ones, and those against what a matrix holds.</summary>
public sealed unsafe class BrainKernelTests
{
    [Theory]
    [InlineData(1, 32)]
    [InlineData(16, 64)]
    [InlineData(70, 96)]
    [InlineData(131, 224)]
    public void Tiles_are_widened_to_columns(int rows, int columns)
    {
        Random random = new(rows);
        foreach (TileFormat format in (TileFormat[])[TileFormat.Q4, TileFormat.Q4Min, TileFormat.Q8, TileFormat.Q8Min, TileFormat.F32])
        {
            using NativeBuffer weights = new(PackedMatrix.Measure(format, rows, columns));
            for (int i = 0; i < weights.Length; i++)
            {
                // Bytes below 0x40 keep every fp16 and fp32 finite and small.
                weights.Pointer[i] = (byte)random.Next(0x40);
            }

            var matrix = new PackedMatrix(format, rows, columns, weights.Pointer);
            int stride = matrix.PaddedRows + 16;
            ushort[] fast = new ushort[columns * stride], slow = new ushort[columns * stride];
            fixed (ushort* a = fast, b = slow)
            {
                // In two pieces of columns and two of tiles, as threads and panels share them.
                int block = columns / TileFormats.Block / 2 * TileFormats.Block, tiles = matrix.TileCount / 2;
                foreach ((int from, int end) in ((int, int)[])[(0, block), (block, columns)])
                {
                    foreach ((int first, int count) in ((int, int)[])[(0, tiles), (tiles, matrix.TileCount - tiles)])
                    {
                        BrainKernels.Widen(matrix, first, count, from, end, a + (first * TileFormats.Rows), stride, BrainKernels.Fast);
                        BrainKernels.Widen(matrix, first, count, from, end, b + (first * TileFormats.Rows), stride, fast: false);
                    }
                }
            }

            float[] row = new float[columns];
            for (int r = 0; r < rows; r++)
            {
                matrix.ReadRow(r, row);
                for (int c = 0; c < columns; c++)
                {
                    Assert.Equal(row[c], Value(slow[(c * stride) + r]), (MathF.Abs(row[c]) / 256) + 1e-37f);
                    Assert.Equal(slow[(c * stride) + r], fast[(c * stride) + r]);
                }
            }

            // Pairs hold the same numbers, from any block on.
            int after = columns / 2 / TileFormats.Block * TileFormats.Block;
            uint[] pairs = new uint[(columns - after) / 2 * stride], slowPairs = new uint[pairs.Length];
            fixed (uint* a = pairs, b = slowPairs)
            {
                int tiles = matrix.TileCount / 2;
                foreach ((int first, int count) in ((int, int)[])[(0, tiles), (tiles, matrix.TileCount - tiles)])
                {
                    BrainKernels.WidenPairs(matrix, first, count, after, columns, a + (first * TileFormats.Rows), stride, BrainKernels.Fast);
                    BrainKernels.WidenPairs(matrix, first, count, after, columns, b + (first * TileFormats.Rows), stride, fast: false);
                }
            }

            for (int i = 0; i < pairs.Length; i++)
            {
                int column = after + (i / stride * 2), at = i % stride;
                uint expected = slow[(column * stride) + at] | ((uint)slow[((column + 1) * stride) + at] << 16);
                Assert.Equal(at < rows ? expected : 0, at < rows ? pairs[i] : slowPairs[i]);
                Assert.Equal(expected, slowPairs[i]);
            }

            // Nothing is written beyond the padded rows.
            Assert.All(Enumerable.Range(0, columns), c => Assert.All(fast.AsSpan((c * stride) + matrix.PaddedRows, 16).ToArray(), value => Assert.Equal(0, value)));
        }
    }

    [Fact]
    public void Numbers_go_to_the_nearest_and_back()
    {
        Random random = new(3);
        foreach (int count in (int[])[1, 15, 16, 33, 100])
        {
            float[] values = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7)))], wide = new float[count];
            ushort[] narrow = new ushort[count];
            fixed (float* v = values, w = wide)
            fixed (ushort* n = narrow)
            {
                BrainKernels.Narrow(v, n, count);
                BrainKernels.Widen(n, w, count);
            }

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(Value(narrow[i]), wide[i]);
                float step = Value((ushort)(narrow[i] + 1)) - wide[i];
                Assert.InRange(MathF.Abs(values[i] - wide[i]), 0, MathF.Abs(step) / 2);
            }
        }
    }

    [Fact]
    public void A_bias_is_added_to_its_rows_alone()
    {
        ushort[] rows = [.. Enumerable.Range(0, 3 * 8).Select(i => (ushort)(0x3F80 + i))], before = [.. rows]; // from 1 on
        float[] bias = [1, -2, 0.5f];
        fixed (ushort* y = rows)
        fixed (float* b = bias)
        {
            BrainKernels.AddBias(y + 2, 8, b, bias.Length, 3);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            int row = (i % 8) - 2;
            float expected = Value(before[i]) + (row is >= 0 and < 3 ? bias[row] : 0);
            Assert.Equal(expected, Value(rows[i]), MathF.Abs(expected) / 256);
        }
    }

    private static float Value(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
