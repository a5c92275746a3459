using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Keys and values in pages of 64 tokens, which others may hold too (<see cref="Prefix.PrefixCache"/>). A page holds per layer and head four tiles of keys and four of values.
/// Keys of a tile lie [head, 16], so that a query meets 16 keys in one vector and no sum runs across one; values lie [16, head]. With Q8 the scales of a tile follow
/// its quants in the same order. A page is copied before a token is written into it that its other holders do not know.
/// </summary>
sealed unsafe class KeyValueCache : IKeyValueCache
{
    /// <summary>Tokens of a page: the block of keys that attention takes at once, so no block lies in two pages.</summary>
    internal const int PageTokens = FloatKernels.KeyBlock;

    private readonly FloatKernels _floats;
    private readonly long _headBytes, _headTileBytes;
    private readonly int _heads;
    private readonly int[] _table; // pages in the order of their tokens
    private readonly byte*[] _starts; // where they lie
    private int _held;

    internal KeyValueCache(object owner, LlamaConfiguration configuration, int capacity, KeyValueFormat format, FloatKernels floats)
    {
        Owner = owner;
        Format = format;
        Capacity = capacity;
        Head = PaddedHead(configuration.HeadSize);
        _floats = floats;
        _heads = configuration.KeyValueHeadCount;
        _headTileBytes = MeasureTile(Head, format);
        _headBytes = PageTokens / FloatKernels.KeyTile * _headTileBytes;
        _table = new int[PagesOf(capacity)];
        _starts = new byte*[_table.Length];
        Pages = new KeyValuePages(Measure(configuration, PageTokens, format), _table.Length);
    }

    /// <summary>The executor it belongs to.</summary>
    internal object Owner { get; }

    /// <summary>How they are stored.</summary>
    internal KeyValueFormat Format { get; }

    /// <summary>Head size with padding.</summary>
    internal int Head { get; }

    /// <summary>Where the pages come from.</summary>
    internal KeyValuePages Pages { get; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public void Truncate(int length)
    {
        ForwardCheck.RequireHeld(this, length);
        Length = length;
        for (int needed = PagesOf(length); _held > needed; _held--)
        {
            Pages.Release(_table[_held - 1]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Pages.Dispose();

    /// <summary>Head size padded for the kernels.</summary>
    internal static int PaddedHead(int size) => (size + FloatKernels.HeadAlignment - 1) / FloatKernels.HeadAlignment * FloatKernels.HeadAlignment;

    /// <summary>Bytes of a cache for <paramref name="capacity"/> tokens.</summary>
    internal static long Measure(LlamaConfiguration c, int capacity, KeyValueFormat format) =>
        checked(2L * c.LayerCount * c.KeyValueHeadCount * PagesOf(capacity) * (PageTokens / FloatKernels.KeyTile) * MeasureTile(PaddedHead(c.HeadSize), format));

    /// <summary>Bytes of the keys and values of <paramref name="tokens"/> tokens.</summary>
    internal long BytesOf(int tokens) => Pages.PageBytes * tokens / PageTokens;

    /// <summary>Makes room for <paramref name="tokens"/> more, in pages that nobody else reads; before <see cref="Write"/>.</summary>
    internal void Reserve(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Capacity - Length);
        int at = Length / PageTokens;
        if (at < _held && Pages.IsShared(_table[at]))
        {
            int own = Pages.Take();
            Buffer.MemoryCopy(_starts[at], Pages.At(own), Pages.PageBytes, Pages.PageBytes);
            Pages.Release(_table[at]);
            Hold(at, own);
        }

        for (int needed = PagesOf(Length + tokens); _held < needed; _held++)
        {
            Hold(_held, Pages.Take());
        }
    }

    /// <summary>Counts tokens that <see cref="Write"/> has stored in all layers.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>The page that holds the tokens from <paramref name="index"/> x <see cref="PageTokens"/> on.</summary>
    internal int Page(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _held);
        return _table[index];
    }

    /// <summary>Takes the first <paramref name="tokens"/> of a page of <see cref="Pages"/> in place <paramref name="index"/>, by reference; the cache ends with them. All tokens before it must be there.</summary>
    internal void Share(int index, int page, int tokens)
    {
        int end = (index * PageTokens) + tokens;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, Capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index * PageTokens, Length);
        Pages.Share(page);
        Truncate(index * PageTokens);
        Hold(_held++, page);
        Length = end;
    }

    private static int PagesOf(int tokens) => (int)(((long)tokens + PageTokens - 1) / PageTokens);

    private void Hold(int index, int page)
    {
        _table[index] = page;
        _starts[index] = Pages.At(page);
    }

    /// <summary>The tiles from the one that holds <paramref name="position"/> to the end of its page; what comes after them are their values.</summary>
    internal StoredTiles StoredKeys(int layer, int head, int position) => new(Keys(layer, head, position), _headTileBytes, Format, Values(layer, head, position));

    /// <summary>The values of those tiles; what comes after them are the keys of the next page.</summary>
    internal StoredTiles StoredValues(int layer, int head, int position) =>
        new(Values(layer, head, position), _headTileBytes, Format, Keys(layer, head, (position / PageTokens) + 1 < _held ? position + PageTokens : position));

    /// <summary>Keys of the tile of a head that holds <paramref name="position"/>.</summary>
    internal byte* Keys(int layer, int head, int position) =>
        _starts[position / PageTokens] + (2L * ((layer * _heads) + head) * _headBytes) + (position % PageTokens / FloatKernels.KeyTile * _headTileBytes);

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
}
