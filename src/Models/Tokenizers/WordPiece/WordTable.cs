using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// The words that are one piece, of at most fifteen ASCII letters and digits: most words of a text are such. They are cut out of the text and told by one comparison of sixteen bytes, where the
/// tree takes a step a letter. Open addressing; an entry is the letters as bytes, zero behind the last.
/// </summary>
sealed class WordTable
{
    /// <summary>Units of text that are looked at: a word and what ends it.</summary>
    public const int Window = 16;

    private Entry[] _entries = new Entry[1 << 10];
    private int _count;

    /// <summary>Adds a word; a later id of the same word replaces the former. Words that do not fit are left to the tree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every piece, in a cold process
    public void Add(ReadOnlySpan<char> word, int id)
    {
        if (word.Length is 0 or >= Window)
        {
            return;
        }

        Span<byte> letters = stackalloc byte[Window];
        letters.Clear();
        for (int i = 0; i < word.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(word[i]))
            {
                return;
            }

            letters[i] = (byte)word[i];
        }

        if (2 * ++_count > _entries.Length)
        {
            Grow();
        }

        ulong low = MemoryMarshal.Read<ulong>(letters), high = MemoryMarshal.Read<ulong>(letters[8..]);
        _entries[Slot(_entries, low, high)] = new Entry(low, high, id);
    }

    /// <summary>True, with its length and id, when the text begins with a word of the table; false when that has to be found out letter by letter.</summary>
    /// <param name="text">At least <see cref="Window"/> units.</param>
    /// <param name="lower">True when capitals count as small letters.</param>
    /// <param name="length">Units of the word.</param>
    /// <param name="id">Id of the piece.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(ReadOnlySpan<char> text, bool lower, out int length, out int id)
    {
        id = -1;
        ref ushort first = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text[..Window]));
        Vector128<byte> units = Vector128.NarrowWithSaturation(Vector128.LoadUnsafe(ref first), Vector128.LoadUnsafe(ref first, 8));
        Vector128<byte> small = units | Vector128.Create((byte)0x20); // digits as they are
        Vector128<byte> letter = Vector128.LessThan(small - Vector128.Create((byte)'a'), Vector128.Create((byte)26));
        Vector128<byte> digit = Vector128.LessThan(units - Vector128.Create((byte)'0'), Vector128.Create((byte)10));
        length = BitOperations.TrailingZeroCount(~(letter | digit).ExtractMostSignificantBits());
        // Behind the word a space or punctuation of ASCII: other characters may belong to it.
        if (length is 0 or >= Window || text[length] is not ((>= ' ' and <= '~') or '\n' or '\t' or '\r'))
        {
            return false;
        }

        Vector128<ulong> packed = ((lower ? small : units) & Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)length))).AsUInt64();
        Entry[] entries = _entries;
        ref readonly Entry entry = ref entries[Slot(entries, packed[0], packed[1])];
        id = entry.Id;
        return entry.Low != 0;
    }

    /// <summary>Where a word is, or the empty slot where it would be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Slot(Entry[] entries, ulong low, ulong high)
    {
        ulong hash = (low ^ BitOperations.RotateLeft(high * 0xD6E8FEB86659FD93, 29)) * 0x9E3779B97F4A7C15;
        int slot = (int)(hash >> 40) & (entries.Length - 1);
        while (entries[slot].Low != 0 && (entries[slot].Low != low || entries[slot].High != high))
        {
            slot = (slot + 1) & (entries.Length - 1);
        }

        return slot;
    }

    private void Grow()
    {
        Entry[] entries = new Entry[2 * _entries.Length];
        foreach (Entry entry in _entries)
        {
            if (entry.Low != 0)
            {
                entries[Slot(entries, entry.Low, entry.High)] = entry;
            }
        }

        _entries = entries;
    }

    private readonly struct Entry(ulong low, ulong high, int id)
    {
        public readonly ulong Low = low, High = high;

        public readonly int Id = id;
    }
}
