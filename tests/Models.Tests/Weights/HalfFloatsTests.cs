using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

public sealed class HalfFloatsTests
{
    [Fact]
    public void Every_half_widens_to_its_value_alone_and_in_a_row()
    {
        ushort[] all = [.. Enumerable.Range(0, 65_536).Select(bits => (ushort)bits)];
        float[] row = new float[all.Length];
        HalfFloats.Widen(all, row);
        foreach (ushort bits in all)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(bits);
            Assert.Equal(expected, HalfFloats.Widen(bits));
            Assert.Equal(expected, row[bits]);
        }
    }

    [Theory]
    [InlineData(0x7C00)] // infinity
    [InlineData(0xFC00)]
    [InlineData(0x7E01)] // NaN
    public void One_value_that_is_not_finite_is_found_wherever_it_is(int bad)
    {
        for (int length = 0; length < 70; length++)
        {
            ushort[] values = new ushort[length];
            values.AsSpan().Fill(0x7BFF); // the largest finite half
            Assert.True(HalfFloats.AllFinite(values));
            for (int i = 0; i < length; i++)
            {
                values[i] = (ushort)bad;
                Assert.False(HalfFloats.AllFinite(values));
                values[i] = 0xFBFF;
            }
        }
    }
}
