using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Tests.Kernels;

/// <summary>Every instruction set gives the bits of the scalar reference, at odd sizes too.</summary>
public sealed unsafe class KernelTests
{
    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (string set in new[] { "Avx2", "AvxVnni", "Avx512" })
        {
            foreach (int dimension in new[] { 8, 24, 96, 128, 384 })
            {
                foreach (int count in new[] { 1, 2, 3, 5, 64, 67 })
                {
                    cases.Add(set, dimension, count);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Integer_sums_are_those_of_the_reference(string name, int dimension, int count)
    {
        InstructionSet set = Supported(name);
        var random = new Random((dimension * 100) + count);
        byte[] vectors = new byte[count * dimension];
        sbyte[] tiles = new sbyte[IntegerDots.Rows * dimension];
        for (int i = 0; i < vectors.Length; i++)
        {
            // Extremes often: they are where 16 bits would overflow.
            vectors[i] = (byte)(random.Next(3) == 0 ? IntegerDots.VectorLimit : random.Next(IntegerDots.VectorLimit + 1));
        }

        for (int i = 0; i < tiles.Length; i++)
        {
            tiles[i] = (sbyte)(random.Next(3) switch { 0 => IntegerDots.RowLimit, 1 => -IntegerDots.RowLimit, _ => random.Next(-IntegerDots.RowLimit, IntegerDots.RowLimit + 1) });
        }

        int[] expected = new int[count * IntegerDots.Rows], actual = new int[expected.Length];
        fixed (byte* v = vectors)
        fixed (sbyte* t = tiles)
        fixed (int* e = expected, a = actual)
        {
            IntegerDotsScalar.Compute(v, t, count, dimension, e);
            IntegerDots.For(set)(v, t, count, dimension, a);
        }

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float_scores_are_those_of_the_reference_bit_for_bit(string name, int dimension, int count)
    {
        InstructionSet set = Supported(name);
        var random = new Random((dimension * 100) + count);
        float[] vectors = Values(count * dimension, random), queries = Values(dimension * IntegerDots.Rows, random);
        float[] expected = new float[count * IntegerDots.Rows], actual = new float[expected.Length];
        fixed (float* v = vectors, q = queries, e = expected, a = actual)
        {
            FloatDotsScalar.Compute(v, q, count, dimension, e);
            FloatDots.For(set)(v, q, count, dimension, a);
        }

        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Expanded_codes_are_those_that_were_packed(string name, int dimension, int count)
    {
        InstructionSet set = Supported(name);
        foreach (int bits in new[] { 1, 2, 4, 8 })
        {
            var random = new Random(dimension + count + bits);
            byte[] codes = new byte[count * dimension], weights = new byte[codes.Length], table = new byte[256];
            int stride = PlanePacking.RowBytes(dimension, bits);
            byte[] packed = new byte[count * stride];
            for (int i = 0; i < table.Length; i++)
            {
                table[i] = (byte)(i < 1 << bits ? (i * 7) & 127 : 0);
            }

            for (int i = 1 << bits; i < table.Length; i++)
            {
                table[i] = table[i % (1 << bits)];
            }

            for (int v = 0; v < count; v++)
            {
                Span<byte> row = codes.AsSpan(v * dimension, dimension);
                for (int d = 0; d < dimension; d++)
                {
                    row[d] = (byte)random.Next(1 << bits);
                }

                PlanePacking.Pack(row, bits, packed.AsSpan(v * stride, stride));
            }

            fixed (byte* p = packed, t = table, w = weights)
            {
                CodeExpansion.For(set)(p, t, bits, count, dimension, w);
            }

            Assert.Equal(codes.Select(code => table[code]), weights);
        }
    }

    [Theory]
    [InlineData("avx512", "Avx512")]
    [InlineData("avx2", "Avx2")]
    [InlineData("scalar", "Scalar")]
    public void The_instruction_set_can_be_forced(string forced, string expected) =>
        Assert.Equal(Supported(expected), ActiveInstructionSet.Choose(forced));

    [Fact]
    public void An_unknown_instruction_set_is_refused_by_name()
    {
        var error = Assert.Throws<Models.Errors.JmlrUsageException>(() => ActiveInstructionSet.Choose("mmx"));
        Assert.Contains("mmx", error.Message, StringComparison.Ordinal);
    }

    private static InstructionSet Supported(string name)
    {
        InstructionSet set = Enum.Parse<InstructionSet>(name);
        Assert.SkipUnless(ActiveInstructionSet.IsSupported(set), $"this processor has no {name}");
        return set;
    }

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
}
