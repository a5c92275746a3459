using Jmlr.Index.Codec;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Tests.Kernels;

/// <summary>Every instruction set of this processor gives the bits of the scalar reference, at odd sizes too.</summary>
public sealed unsafe class KernelTests
{
    private static readonly InstructionSet[] Sets = Enum.GetValues<InstructionSet>();
    private static readonly int[] Rows = [1, 16, 17, IntegerDots.Rows];

    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (string set in Sets.Where(set => set != InstructionSet.Scalar && ActiveInstructionSet.IsSupported(set)).Select(set => set.ToString()))
        {
            foreach (int dimension in new[] { 8, 24, 40, 96, 128, 384 })
            {
                foreach (int count in new[] { 1, 2, 3, 5, 64, 67 })
                {
                    cases.Add(set, dimension, count);
                }
            }
        }

        return cases;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Integer_sums_are_those_of_the_reference(string name, int dimension, int count)
    {
        InstructionSet set = Enum.Parse<InstructionSet>(name);
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

        foreach (int rows in Rows)
        {
            int[] expected = new int[count * IntegerDots.Rows], actual = new int[expected.Length];
            fixed (byte* v = vectors)
            fixed (sbyte* t = tiles)
            fixed (int* e = expected, a = actual)
            {
                IntegerDotsScalar.Compute(v, t, count, rows, dimension, e);
                IntegerDots.For(set)(v, t, count, rows, dimension, a);
            }

            Assert.Equal(Wanted(expected, rows), Wanted(actual, rows));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Float_scores_are_those_of_the_reference_bit_for_bit(string name, int dimension, int count)
    {
        InstructionSet set = Enum.Parse<InstructionSet>(name);
        var random = new Random((dimension * 100) + count);
        float[] vectors = Values(count * dimension, random), queries = Values(dimension * IntegerDots.Rows, random);
        foreach (int rows in Rows)
        {
            float[] expected = new float[count * IntegerDots.Rows], actual = new float[expected.Length];
            fixed (float* v = vectors, q = queries, e = expected, a = actual)
            {
                FloatDotsScalar.Compute(v, q, count, rows, dimension, e);
                FloatDots.For(set)(v, q, count, rows, dimension, a);
            }

            Assert.Equal(Wanted(expected, rows).Select(BitConverter.SingleToInt32Bits), Wanted(actual, rows).Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Expanded_codes_are_those_that_were_packed(string name, int dimension, int count)
    {
        InstructionSet set = Enum.Parse<InstructionSet>(name);
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

    [Fact]
    public void An_instruction_set_can_be_forced_where_there_is_one_and_is_refused_by_name_where_not()
    {
        foreach (InstructionSet set in Sets)
        {
            string name = set.ToString().ToLowerInvariant();
            if (ActiveInstructionSet.IsSupported(set))
            {
                Assert.Equal(set, ActiveInstructionSet.Choose(name));
            }
            else
            {
                var error = Assert.Throws<Models.Errors.JmlrUsageException>(() => ActiveInstructionSet.Choose(name));
                Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_processor_with_two_integer_paths_takes_either_and_the_one_that_is_named()
    {
        foreach (InstructionSet set in Sets.Where(ActiveInstructionSet.IsSupported))
        {
            Assert.Equal(set, IntegerDotsChoice.Within(set, forced: true));
            InstructionSet chosen = IntegerDotsChoice.Within(set, forced: false);
            Assert.True(chosen == set || (set, chosen) == (InstructionSet.Avx512, InstructionSet.AvxVnni), $"{set}: {chosen}");
            Assert.True(ActiveInstructionSet.IsSupported(chosen), $"{chosen}");
        }
    }

    [Fact]
    public void Kernels_of_their_own_belong_to_every_instruction_set_but_the_scalar_one()
    {
        foreach (InstructionSet set in Sets.Where(set => set != InstructionSet.Scalar))
        {
            Assert.True((nint)IntegerDots.For(set) != (nint)IntegerDots.For(InstructionSet.Scalar), $"{set}: integer dot products");
            Assert.True((nint)FloatDots.For(set) != (nint)FloatDots.For(InstructionSet.Scalar), $"{set}: fp32 dot products");
            Assert.True((nint)CodeExpansion.For(set) != (nint)CodeExpansion.For(InstructionSet.Scalar), $"{set}: expansion of codes");
        }
    }

    [Fact]
    public void An_unknown_instruction_set_is_refused_by_name()
    {
        var error = Assert.Throws<Models.Errors.JmlrUsageException>(() => ActiveInstructionSet.Choose("mmx"));
        Assert.Contains("mmx", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The first <paramref name="rows"/> of each vector's 32.</summary>
    private static IEnumerable<T> Wanted<T>(T[] results, int rows) => results.Chunk(IntegerDots.Rows).SelectMany(row => row.Take(rows));

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
}
