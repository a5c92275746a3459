using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Quantised bytes against those of gguf-py and ggml, and the scale search against the plain scales.</summary>
public sealed class QuantiserTests
{
    private const int DenormalRow = 7; // scale 0: its quants are unspecified

    [Theory]
    [InlineData(TensorType.Q8_0, "Q8_0")]
    [InlineData(TensorType.Q4_0, "Q4_0")]
    [InlineData(TensorType.Q4_1, "Q4_1")]
    [InlineData(TensorType.F16, "F16")]
    [InlineData(TensorType.BF16, "BF16")]
    public void Bytes_of_the_reference(TensorType type, string name)
    {
        using SafetensorsFile golden = new(SharedData.Require("golden/llama/quant/quant_goldens.safetensors"));
        float[] input = new float[12 * 256];
        golden.ReadFloat32("input", input);
        byte[] expected = golden.GetBytes(name + ".raw").ToArray(), actual = new byte[expected.Length];
        Assert.True(Quantiser.Quantise(type, input, actual, search: false));
        int row = expected.Length / 12;
        for (int r = 0; r < 12; r++)
        {
            if (r != DenormalRow || type is TensorType.F16 or TensorType.BF16)
            {
                Assert.True(expected.AsSpan(r * row, row).SequenceEqual(actual.AsSpan(r * row, row)), $"row {r}");
            }
        }
    }

    [Theory]
    [InlineData(TensorType.Q8_0)]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.F32)]
    public void What_is_not_finite_is_told(TensorType type)
    {
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity, 1e30f])
        {
            float[] input = [.. Enumerable.Range(0, 64).Select(i => i * 0.01f)];
            input[40] = value;
            byte[] to = new byte[TensorTypes.ByteLength(type, 64)];
            Assert.Equal(type == TensorType.F32 && value == 1e30f, Quantiser.Quantise(type, input, to, search: true));
        }
    }

    [Theory]
    [InlineData(TensorType.Q4_0, 0.97)]
    [InlineData(TensorType.Q4_1, 0.97)]
    public void The_search_is_never_worse_and_mostly_better(TensorType type, double most)
    {
        Random random = new(3);
        double plain = 0, searched = 0;
        for (int i = 0; i < 400; i++)
        {
            float size = MathF.Pow(10, random.Next(-6, 3));
            float[] block = [.. Enumerable.Range(0, 32).Select(_ => size * (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * (random.Next(20) == 0 ? 3 : 1)))];
            double before = Error(type, block, search: false), after = Error(type, block, search: true);
            Assert.True(after <= before * 1.0001 + 1e-30, $"block {i} of size {size}: {before} became {after}");
            (plain, searched) = (plain + (before / size / size), searched + (after / size / size));
        }

        Assert.InRange(searched / plain, 0, most);
    }

    [Theory]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    public void Special_blocks(TensorType type)
    {
        foreach (float[] block in (float[][])[new float[32], [.. Enumerable.Repeat(1e-40f, 32)], [.. Enumerable.Repeat(-2.5f, 32)], [.. Enumerable.Range(0, 32).Select(i => i == 7 ? -3.25f : 0)]])
        {
            float largest = block.Max(MathF.Abs);
            Assert.InRange(Error(type, block, search: true), 0, (largest * largest * 1e-6) + 1e-30);
        }
    }

    private static double Error(TensorType type, float[] block, bool search)
    {
        byte[] stored = new byte[TensorTypes.ByteLength(type, block.Length)];
        float[] back = new float[block.Length];
        Assert.True(Quantiser.Quantise(type, block, stored, search));
        Assert.True(Dequantiser.TryConvert(type, stored, back));
        return block.Zip(back, (a, b) => (a - (double)b) * (a - b)).Sum();
    }
}
