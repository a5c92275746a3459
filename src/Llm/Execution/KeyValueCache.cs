using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Keys and values per layer and head in native memory, in tiles of 16 tokens. Keys lie [head, 16], so that a query meets 16 keys in one vector and no sum runs
/// across one; values lie [16, head]. With Q8 the scales of a tile follow its quants in the same order. Memory is taken by the system only as it is written.
/// </summary>
sealed unsafe class KeyValueCache : IKeyValueCache
{
    private readonly NativeBuffer _memory;
    private readonly FloatKernels _floats;
    private readonly long _headBytes, _headTileBytes;
    private readonly int _heads, _layers;

    internal KeyValueCache(object owner, LlamaConfiguration configuration, int capacity, KeyValueFormat format, FloatKernels floats)
    {
        Owner = owner;
        Format = format;
        Capacity = capacity;
        Head = PaddedHead(configuration.HeadSize);
        _floats = floats;
        _heads = configuration.KeyValueHeadCount;
        _layers = configuration.LayerCount;
        _headTileBytes = MeasureTile(Head, format);
        _headBytes = HeadBytes(configuration, capacity, format);
        _memory = new NativeBuffer(Measure(configuration, capacity, format), clear: false);
    }

    /// <summary>The executor it belongs to.</summary>
    internal object Owner { get; }

    /// <summary>How they are stored.</summary>
    internal KeyValueFormat Format { get; }

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
    internal static long Measure(LlamaConfiguration c, int capacity, KeyValueFormat format) => checked(2L * c.LayerCount * c.KeyValueHeadCount * HeadBytes(c, capacity, format));

    /// <summary>Counts tokens that <see cref="Write"/> has stored in all layers.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Bytes of a tile of 16 tokens, all layers and heads, keys and values.</summary>
    internal long TileBytes => 2L * _layers * _heads * _headTileBytes;

    /// <summary>Copies a whole tile out.</summary>
    internal void CopyTile(int tile, byte* to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((tile + 1) * FloatKernels.KeyTile, Length);
        for (int part = 0; part < 2 * _layers * _heads; part++)
        {
            Buffer.MemoryCopy(_memory.Pointer + (part * _headBytes) + (tile * _headTileBytes), to + (part * _headTileBytes), _headTileBytes, _headTileBytes);
        }
    }

    /// <summary>Takes a tile that was copied out; the cache ends with it then. All tokens before it must be there.</summary>
    internal void TakeTile(int tile, byte* from)
    {
        int end = (tile + 1) * FloatKernels.KeyTile;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tile * FloatKernels.KeyTile, Length);
        for (int part = 0; part < 2 * _layers * _heads; part++)
        {
            Buffer.MemoryCopy(from + (part * _headTileBytes), _memory.Pointer + (part * _headBytes) + (tile * _headTileBytes), _headTileBytes, _headTileBytes);
        }

        Length = end;
    }

    /// <summary>Tiles from the one that holds <paramref name="position"/> on.</summary>
    internal StoredTiles StoredKeys(int layer, int head, int position) => new(Keys(layer, head, position), _headTileBytes, Format);

    /// <summary>The values of those tiles.</summary>
    internal StoredTiles StoredValues(int layer, int head, int position) => new(Values(layer, head, position), _headTileBytes, Format);

    /// <summary>Keys of the tile of a head that holds <paramref name="position"/>.</summary>
    internal byte* Keys(int layer, int head, int position) =>
        _memory.Pointer + (2L * ((layer * _heads) + head) * _headBytes) + (position / FloatKernels.KeyTile * _headTileBytes);

    /// <summary>Values of that tile.</summary>
    internal byte* Values(int layer, int head, int position) => Keys(layer, head, position) + _headBytes;

    /// <summary>Stores one head of one token; both vectors [Head], zero in the padding.</summary>
    internal void Write(int layer, int head, int position, float* key, float* value)
    {
        byte* keys = Keys(layer, head, position), values = Values(layer, head, position);
        int token = position % FloatKernels.KeyTile;
        switch (Format)
        {
            case KeyValueFormat.Full:
                Scatter(key, (float*)keys + token);
                Buffer.MemoryCopy(value, (float*)values + (token * Head), Head * sizeof(float), Head * sizeof(float));
                break;
            case KeyValueFormat.Half:
                ushort* half = stackalloc ushort[Head];
                _floats.Narrow(key, half, Head);
                Scatter(half, (ushort*)keys + token);
                _floats.Narrow(value, (ushort*)values + (token * Head), Head);
                break;
            case KeyValueFormat.Q4:
                WriteNibbles(token, key, value, keys, values);
                break;
            default:
                WriteQuants(token, key, value, (sbyte*)keys, (sbyte*)values);
                break;
        }
    }

    /// <summary>Widens the tiles from <paramref name="position"/> on that hold <paramref name="tokens"/> tokens: keys [tile, head, 16], values [token, head].</summary>
    internal void Widen(int layer, int head, int position, int tokens, float* keys, float* values)
    {
        for (int at = 0; at < tokens; at += FloatKernels.KeyTile, keys += FloatKernels.KeyTile * Head, values += FloatKernels.KeyTile * Head)
        {
            byte* k = Keys(layer, head, position + at), v = Values(layer, head, position + at);
            int elements = FloatKernels.KeyTile * Head;
            if (Format == KeyValueFormat.Half)
            {
                _floats.Widen((ushort*)k, keys, elements);
                _floats.Widen((ushort*)v, values, elements);
            }
            else if (Format == KeyValueFormat.Q8)
            {
                _floats.WidenKeys((sbyte*)k, (ushort*)(k + elements), keys, Head);
                _floats.WidenValues((sbyte*)v, (ushort*)(v + elements), values, Head);
            }
            else
            {
                WidenNibbles(k, v, keys, values);
            }
        }
    }

    private void WidenNibbles(byte* k, byte* v, float* keys, float* values)
    {
        int elements = FloatKernels.KeyTile * Head;
        sbyte* quants = stackalloc sbyte[elements];
        NibbleRows.Unpack(k, quants, Head, FloatKernels.KeyTile);
        _floats.WidenKeys(quants, (ushort*)(k + (elements / 2)), keys, Head);
        NibbleRows.Unpack(v, quants, FloatKernels.KeyTile, Head);
        _floats.WidenValues(quants, (ushort*)(v + (elements / 2)), values, Head);
    }

    private void WriteNibbles(int token, float* key, float* value, byte* keys, byte* values)
    {
        int blocks = Scales(Head), tileBytes = FloatKernels.KeyTile * Head / 2;
        ushort* keyScales = (ushort*)(keys + tileBytes), valueScales = (ushort*)(values + tileBytes) + (token * blocks);
        byte* row = values + (token * Head / 2);
        Span<byte> quants = stackalloc byte[TileFormats.Block];
        for (int b = 0; b < blocks; b++)
        {
            int first = b * TileFormats.Block, count = Math.Min(TileFormats.Block, Head - first);
            keyScales[(b * FloatKernels.KeyTile) + token] = NibbleRows.Quantise(new ReadOnlySpan<float>(key + first, count), quants);
            for (int i = 0; i < count; i++)
            {
                NibbleRows.Put(keys + ((first + i) * FloatKernels.KeyTile / 2), FloatKernels.KeyTile, token, quants[i]);
            }

            valueScales[b] = NibbleRows.Quantise(new ReadOnlySpan<float>(value + first, count), quants);
            for (int i = 0; i < count; i++)
            {
                NibbleRows.Put(row, Head, first + i, quants[i]);
            }
        }
    }

    /// <summary>Scales of a head of <paramref name="head"/> elements.</summary>
    internal static int Scales(int head) => (head + TileFormats.Block - 1) / TileFormats.Block;

    // Quantised as activations are: d = max / 127 per block; the last block of a head of, say, 80 is half a block of zeros.
    private void WriteQuants(int token, float* key, float* value, sbyte* keys, sbyte* values)
    {
        int blocks = Scales(Head), whole = blocks * TileFormats.Block;
        float* padded = stackalloc float[whole];
        float* scales = stackalloc float[2 * blocks];
        sbyte* quants = stackalloc sbyte[whole];
        ushort* halves = stackalloc ushort[blocks];
        new Span<float>(padded, whole).Clear();
        Buffer.MemoryCopy(key, padded, whole * sizeof(float), Head * sizeof(float));
        _floats.Quantise(padded, whole, quants, scales, scales + blocks, 1);
        _floats.Narrow(scales, halves, blocks);
        Scatter(quants, keys + token);
        ushort* keyScales = (ushort*)(keys + (FloatKernels.KeyTile * Head)), valueScales = (ushort*)(values + (FloatKernels.KeyTile * Head));
        for (int b = 0; b < blocks; b++)
        {
            keyScales[(b * FloatKernels.KeyTile) + token] = halves[b];
        }

        Buffer.MemoryCopy(value, padded, whole * sizeof(float), Head * sizeof(float));
        _floats.Quantise(padded, whole, quants, scales, scales + blocks, 1);
        _floats.Narrow(scales, valueScales + (token * blocks), blocks);
        Buffer.MemoryCopy(quants, values + (token * Head), Head, Head);
    }

    private void Scatter<T>(T* from, T* to) where T : unmanaged
    {
        for (int i = 0; i < Head; i++)
        {
            to[i * FloatKernels.KeyTile] = from[i];
        }
    }

    private static long MeasureTile(int head, KeyValueFormat format) => FloatKernels.KeyTile * format switch
    {
        KeyValueFormat.Full => 4L * head,
        KeyValueFormat.Half => 2L * head,
        KeyValueFormat.Q4 => (head / 2) + (2L * Scales(head)),
        _ => head + (2L * Scales(head)),
    };

    private static long HeadBytes(LlamaConfiguration c, int capacity, KeyValueFormat format) =>
        ((long)capacity + FloatKernels.KeyBlock - 1) / FloatKernels.KeyBlock * (FloatKernels.KeyBlock / FloatKernels.KeyTile) * MeasureTile(PaddedHead(c.HeadSize), format);
}
