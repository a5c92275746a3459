using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Keys and values per layer and head in native memory, fp16 (fp32 for the reference path). Keys lie in tiles of 16 tokens [tile, head, 16], so that a query
/// meets 16 keys in one vector and no sum runs across one; values lie [token, head]. Memory is taken by the system only as it is written.
/// </summary>
sealed unsafe class KeyValueCache : IKeyValueCache
{
    private readonly NativeBuffer _memory;
    private readonly FloatKernels _floats;
    private readonly long _headBytes;
    private readonly int _heads;

    internal KeyValueCache(object owner, LlamaConfiguration configuration, int capacity, bool single, FloatKernels floats)
    {
        Owner = owner;
        Single = single;
        Capacity = capacity;
        Head = PaddedHead(configuration.HeadSize);
        _floats = floats;
        _heads = configuration.KeyValueHeadCount;
        _headBytes = HeadBytes(configuration, capacity, single);
        _memory = new NativeBuffer(Measure(configuration, capacity, single), clear: false);
    }

    /// <summary>The executor it belongs to.</summary>
    internal object Owner { get; }

    /// <summary>True for fp32.</summary>
    internal bool Single { get; }

    /// <summary>Head size with padding.</summary>
    internal int Head { get; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Head size padded for the kernels.</summary>
    internal static int PaddedHead(int size) => (size + FloatKernels.HeadAlignment - 1) / FloatKernels.HeadAlignment * FloatKernels.HeadAlignment;

    /// <summary>Bytes of a cache for <paramref name="capacity"/> tokens.</summary>
    internal static long Measure(LlamaConfiguration c, int capacity, bool single) => checked(2L * c.LayerCount * c.KeyValueHeadCount * HeadBytes(c, capacity, single));

    /// <summary>Counts tokens that <see cref="Write"/> has stored in all layers.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Keys of a head.</summary>
    internal byte* Keys(int layer, int head) => _memory.Pointer + (2L * ((layer * _heads) + head) * _headBytes);

    /// <summary>Values of a head.</summary>
    internal byte* Values(int layer, int head) => Keys(layer, head) + _headBytes;

    /// <summary>Stores one head of one token; both vectors [Head], zero in the padding.</summary>
    internal void Write(int layer, int head, int position, float* key, float* value)
    {
        long tile = ((long)position / FloatKernels.KeyTile * Head * FloatKernels.KeyTile) + (position % FloatKernels.KeyTile);
        long row = (long)position * Head;
        if (Single)
        {
            float* keys = (float*)Keys(layer, head) + tile;
            for (int i = 0; i < Head; i++)
            {
                keys[i * FloatKernels.KeyTile] = key[i];
            }

            Buffer.MemoryCopy(value, (float*)Values(layer, head) + row, Head * sizeof(float), Head * sizeof(float));
            return;
        }

        ushort* half = stackalloc ushort[Head];
        _floats.Narrow(key, half, Head);
        ushort* halves = (ushort*)Keys(layer, head) + tile;
        for (int i = 0; i < Head; i++)
        {
            halves[i * FloatKernels.KeyTile] = half[i];
        }

        _floats.Narrow(value, (ushort*)Values(layer, head) + row, Head);
    }

    private static long HeadBytes(LlamaConfiguration c, int capacity, bool single) =>
        (long)(capacity + FloatKernels.KeyBlock - 1) / FloatKernels.KeyBlock * FloatKernels.KeyBlock * PaddedHead(c.HeadSize) * (single ? 4 : 2);
}
