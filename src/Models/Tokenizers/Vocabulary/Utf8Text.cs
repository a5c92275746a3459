using System.Text;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>
/// A piece of text as UTF-8 with, for each byte, the UTF-16 units of the original it stands for. Reused from piece to piece.
/// Lone surrogates become U+FFFD.
/// </summary>
sealed class Utf8Text
{
    private byte[] _bytes = new byte[256];
    private int[] _starts = new int[256];
    private int[] _ends = new int[256];

    /// <summary>Number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>First unit of the character that byte <paramref name="at"/> belongs to.</summary>
    public int Start(int at) => _starts[at];

    /// <summary>One past the last unit of that character.</summary>
    public int End(int at) => _ends[at];

    /// <summary>Empties it.</summary>
    public void Clear() => Length = 0;

    /// <summary>Drops bytes from the end.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Appends one byte.</summary>
    public void Add(byte value, int start, int end)
    {
        Reserve(1);
        Put(value, start, end);
    }

    /// <summary>Appends a text whose first unit is at <paramref name="origin"/>.</summary>
    public void Add(ReadOnlySpan<char> text, int origin)
    {
        Reserve(checked(text.Length * 3));
        for (int i = 0; i < text.Length; i++)
        {
            char unit = text[i];
            if (unit < 0x80)
            {
                Put((byte)unit, origin + i, origin + i + 1);
            }
            else
            {
                i += AddRune(text[i..], origin + i) - 1;
            }
        }
    }

    private int AddRune(ReadOnlySpan<char> text, int start)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out int units);
        Span<byte> bytes = stackalloc byte[4];
        int count = rune.EncodeToUtf8(bytes);
        for (int i = 0; i < count; i++)
        {
            Put(bytes[i], start, start + units);
        }

        return units;
    }

    private void Put(byte value, int start, int end)
    {
        _bytes[Length] = value;
        _starts[Length] = start;
        _ends[Length++] = end;
    }

    private void Reserve(int more)
    {
        if (Length + more > _bytes.Length)
        {
            int size = Math.Max(checked(Length + more), _bytes.Length * 2);
            Array.Resize(ref _bytes, size);
            Array.Resize(ref _starts, size);
            Array.Resize(ref _ends, size);
        }
    }
}
