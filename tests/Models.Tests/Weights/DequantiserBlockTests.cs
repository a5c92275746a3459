using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>One block of each type, filled by hand from the layouts of ggml <c>ggml-common.h</c>.</summary>
public sealed class DequantiserBlockTests
{
    private const byte OneHigh = 0x3C, TwoHigh = 0x40; // fp16 1.0 and 2.0, low byte 0

    [Fact]
    public void Nibbles_hold_element_j_low_and_j_plus_16_high()
    {
        byte[] nibbles = [.. Enumerable.Range(0, 16).Select(j => (byte)(j | ((15 - j) << 4)))];
        Check(TensorType.Q4_0, [0, TwoHigh, .. nibbles], i => 2 * ((i < 16 ? i : 31 - i) - 8));
        Check(TensorType.Q4_1, [0, TwoHigh, 0, OneHigh, .. nibbles], i => (2 * (i < 16 ? i : 31 - i)) + 1);
        // The fifth bits: set for elements 0 and 31 only.
        byte[] fifth = [1, 0, 0, 0x80];
        Check(TensorType.Q5_0, [0, OneHigh, .. fifth, .. nibbles], i => (i < 16 ? i : 31 - i) + (i is 0 or 31 ? 16 : 0) - 16);
        Check(TensorType.Q5_1, [0, OneHigh, 0, TwoHigh, .. fifth, .. nibbles], i => (i < 16 ? i : 31 - i) + (i is 0 or 31 ? 16 : 0) + 2);
    }

    [Fact]
    public void Scales_of_six_bits_are_unpacked_for_all_eight_groups()
    {
        // Scale of group g is g + 1, minimum is g; groups 4 to 7 lie in nibbles, their upper bits (0 here) in the first eight bytes.
        byte[] scales = [1, 2, 3, 4, 0, 1, 2, 3, 5 | (4 << 4), 6 | (5 << 4), 7 | (6 << 4), 8 | (7 << 4)];
        byte[] nibbles = [.. Enumerable.Repeat((byte)0x21, 128)]; // low 1, high 2
        float Expected(int i) => ((i / 32) + 1) * (i / 32 % 2 == 0 ? 1 : 2) - (i / 32);
        Check(TensorType.Q4_K, [0, OneHigh, 0, OneHigh, .. scales, .. nibbles], Expected);
        byte[] high = [.. Enumerable.Repeat((byte)1, 32)]; // bit 0: the first group alone has the fifth bit
        Check(TensorType.Q5_K, [0, OneHigh, 0, OneHigh, .. scales, .. high, .. nibbles], i => Expected(i) + (i < 32 ? 16 : 0));
    }

    [Fact]
    public void Six_bits_come_from_nibbles_and_pairs()
    {
        byte[] low = [.. Enumerable.Repeat((byte)0x21, 128)], high = [.. Enumerable.Repeat((byte)0b11_10_01_00, 64)];
        byte[] scales = [.. Enumerable.Range(0, 16).Select(s => (byte)(sbyte)(s - 8))];
        // Quarters of each half: low nibbles with pairs 0 and 1, high nibbles with pairs 2 and 3.
        Check(TensorType.Q6_K, [.. low, .. high, .. scales, 0, OneHigh], i => ((i / 16) - 8) * ((i / 32 % 4) switch { 0 => 1, 1 => 1 + 16, 2 => 2 + 32, _ => 2 + 48 } - 32));
    }

    [Theory]
    [InlineData(TensorType.F32, 8, 3)]
    [InlineData(TensorType.F16, 8, 3)]
    [InlineData(TensorType.Q8_0, 34, 31)]
    [InlineData(TensorType.Q8_0, 33, 32)]
    [InlineData(TensorType.Q6_K, 210, 512)]
    public void Bytes_that_do_not_fill_the_destination_are_refused(TensorType type, int bytes, int elements) =>
        Assert.Throws<ArgumentException>(() => Dequantiser.TryConvert(type, new byte[bytes], new float[elements]));

    private static void Check(TensorType type, byte[] block, Func<int, float> expected)
    {
        Assert.Equal(TensorTypes.BlockBytes(type), block.Length);
        float[] got = new float[TensorTypes.BlockSize(type)];
        Assert.True(Dequantiser.TryConvert(type, block, got));
        Assert.Equal(Enumerable.Range(0, got.Length).Select(expected), got);
    }
}
