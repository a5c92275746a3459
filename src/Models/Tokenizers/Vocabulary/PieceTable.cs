using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>
/// Bytes of every token in one array, and a hash table from bytes to id for those that text may become. Built in one pass: a cold
/// process must not wait for 100,000 small objects.
/// </summary>
sealed class PieceTable
{
    /// <summary>Most tokens a table holds.</summary>
    public const int MaxTokens = 1 << 21;

    private const uint IdMask = (1u << 22) - 1;

    private readonly int[] _starts; // [count + 1]
    private readonly uint[] _slots; // id + 1 in the low 22 bits, 10 bits of the hash above: most unequal texts differ there; 0 = free
    private byte[] _pool;
    private int _count;

    /// <summary>Makes room for <paramref name="count"/> tokens.</summary>
    public PieceTable(int count)
    {
        _starts = new int[count + 1];
        _pool = new byte[Math.Max(64, count * 8)];
        _slots = new uint[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2))];
    }

    /// <summary>Number of tokens so far.</summary>
    public int Count => _count;

    /// <summary>Bytes of a token.</summary>
    public ReadOnlySpan<byte> this[int id]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _pool.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);
    }

    /// <summary>Appends the next token; <see cref="Find"/> meets it only when <paramref name="findable"/>. Of equal tokens the first is found.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // runs once over every token in a cold process
    public void Add(ReadOnlySpan<byte> bytes, bool findable)
    {
        int start = _starts[_count];
        if (start + bytes.Length > _pool.Length)
        {
            Array.Resize(ref _pool, Math.Max(start + bytes.Length, _pool.Length * 2));
        }

        bytes.CopyTo(_pool.AsSpan(start));
        _starts[++_count] = start + bytes.Length;
        if (findable && bytes.Length > 0)
        {
            ulong hash = Mix(bytes);
            ref uint slot = ref _slots[Slot(bytes, hash)];
            slot = slot == 0 ? Tag(hash) | (uint)_count : slot;
        }
    }

    /// <summary>Id of a token, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> bytes) => (int)(_slots[Slot(bytes, Mix(bytes))] & IdMask) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ReadOnlySpan<byte> bytes, ulong hash)
    {
        uint[] slots = _slots;
        uint tag = Tag(hash);
        int mask = slots.Length - 1;
        int slot = (int)(hash >> 32) & mask;
        while (slots[slot] != 0 && ((slots[slot] & ~IdMask) != tag || !this[(int)(slots[slot] & IdMask) - 1].SequenceEqual(bytes)))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private static uint Tag(ulong hash) => (uint)hash & ~IdMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Step(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            rest |= (ulong)bytes[i] << (8 * i);
        }

        return Step(hash, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Step(ulong hash, ulong value)
    {
        ulong high = Math.BigMul(hash ^ value ^ 0x9E3779B97F4A7C15UL, 0xD6E8FEB86659FD93UL, out ulong low);
        return high ^ low;
    }
}
