using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>Changes of bytes: bits, numbers, lengths, words of the format put in, parts doubled, moved or taken from another seed.</summary>
sealed class ByteMutations(IReadOnlyList<byte[]> words)
{
    private const int MaxLength = 4096;
    private const int MaxRepeated = 1 << 15;

    private static readonly int[] Odd = [0, 1, -1, 2, 127, 128, 255, 256, 65535, 65536, 1 << 24, int.MaxValue, int.MinValue];

    private static readonly byte[][] Anywhere =
    [
        .. new[] { "\0", "\e[31m", "\e]0;x\a", "\u202e", "\ufeff", "\u00ad", "\u200b", "\u2028", "\u00a0", "\u0085", "\U0001F600", "é", "ſ", "\r\n", "\t", "\n\n", "\"", "'", "\\", "%00", "#", "@", ":", "/", "../", "|", "A", "Grade: A", "(Level B)", "note:", "1.", "2020-02-30", "9999-12-31" }
            .Select(Encoding.UTF8.GetBytes),
        [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xFF], [0xFE, 0xFF], [0xFF, 0xFE], [0xF0, 0x9F], [0x93, 0x94], [.. Enumerable.Repeat((byte)' ', 200)], [.. Enumerable.Repeat((byte)'x', 300)],
    ];

    private static readonly byte[][] Numbers = [.. new[] { "0", "-1", "1", "65536", "2147483647", "2147483648", "-9223372036854775808", "99999999999999999999", "1e999", "0.5", "0x7f", "1000000" }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>One to four changes of an input, with parts of another.</summary>
    public byte[] Change(Random random, byte[] original, byte[] other)
    {
        byte[] bytes = [.. original];
        for (int times = 1 + random.Next(4); times > 0 && bytes.Length > 0; times--)
        {
            bytes = Once(random, bytes, other);
        }

        return bytes.Length > MaxRepeated ? bytes[..MaxRepeated] : bytes;
    }

    private byte[] Once(Random random, byte[] bytes, byte[] other)
    {
        int at = random.Next(bytes.Length), left = bytes.Length - at;
        switch (random.Next(16))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2 when left >= 4:
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), Odd[random.Next(Odd.Length)]);
                return bytes;
            case 3:
                return bytes[..at];
            case 4:
                return Replace(bytes, at, Math.Min(left, 1 + random.Next(64)), []);
            case 5:
                return Replace(bytes, at, 0, Slice(random, bytes, 200));
            case 6:
                return Replace(bytes, at, 0, Slice(random, other, 400));
            case 7 when other.Length > 0:
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(random.Next(other.Length))];
            case 8:
                return Replace(bytes, at, 0, Anywhere[random.Next(Anywhere.Length)]);
            case 9:
                return Digits(random, bytes, at);
            case 10 when random.Next(32) == 0:
                byte[] slice = Slice(random, bytes, 48);
                return Replace(bytes, at, 0, [.. Enumerable.Repeat(slice, Math.Min(MaxRepeated / Math.Max(1, slice.Length), 1 << random.Next(12))).SelectMany(static part => part)]);
            case 11:
                return Replace(bytes, at, Math.Min(left, 1 + random.Next(16)), Word(random));
            default:
                return Replace(bytes, at, 0, Word(random));
        }
    }

    private byte[] Word(Random random) => words.Count == 0 ? Anywhere[random.Next(Anywhere.Length)] : words[random.Next(words.Count)];

    /// <summary>Another number for the digits at or after a place.</summary>
    private static byte[] Digits(Random random, byte[] bytes, int at)
    {
        int start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            return bytes;
        }

        start += at;
        int length = bytes.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return Replace(bytes, start, length < 0 ? bytes.Length - start : length, Numbers[random.Next(Numbers.Length)]);
    }

    private static byte[] Slice(Random random, byte[] bytes, int most)
    {
        int at = random.Next(bytes.Length + 1);
        return bytes[at..(at + Math.Min(bytes.Length - at, random.Next(most)))];
    }

    /// <summary>Another part in place of one, unless that makes it too long.</summary>
    internal static byte[] Replace(byte[] bytes, int at, int length, byte[] with) =>
        bytes.Length - length + with.Length > MaxLength && with.Length > length && with.Length < MaxLength ? bytes : [.. bytes.AsSpan(0, at), .. with, .. bytes.AsSpan(at + length)];
}
