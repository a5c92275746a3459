using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Takes the queries, keys and values of a long prompt apart into heads: rotates them, stores keys and values in the cache, and lays all of them out for
/// <see cref="PromptAttention"/>, with the keys and values that the cache held before.
/// </summary>
sealed unsafe class PromptHeads : TeamJob, IDisposable
{
    private const int TokensPerChunk = 16;
    private readonly ThreadTeam _team;
    private readonly FloatKernels _floats;
    private readonly LlamaConfiguration _configuration;
    private readonly RotaryAngles _angles;
    private readonly int _size, _head, _scratchElements;
    private readonly NativeBuffer _scratch; // per thread: a key, a value, then a page of keys and one of values
    private KeyValueCache? _cache;
    private PromptAttention? _attention;
    private ushort* _rows;
    private int _layer, _stride, _queries, _keys, _values, _pages;

    internal PromptHeads(LlamaConfiguration configuration, ThreadTeam team, FloatKernels floats, int mostTokens)
    {
        (_configuration, _team, _floats) = (configuration, team, floats);
        _size = configuration.HeadSize;
        _head = KeyValueCache.PaddedHead(_size);
        _angles = new RotaryAngles(configuration, mostTokens);
        _scratchElements = 2 * (1 + KeyValueCache.PageTokens) * _head;
        _scratch = new NativeBuffer((long)team.Size * _scratchElements * sizeof(float));
    }

    /// <summary>Computes the angles of the tokens from <paramref name="position"/> on, once for all layers.</summary>
    internal void Prepare(int position, int tokens) => _angles.Prepare(position, tokens);

    /// <summary>Rows of queries, keys and values, bf16 [tokens, stride], each beginning where it is said, to the cache and to <paramref name="attention"/>.</summary>
    internal void Run(KeyValueCache cache, int layer, ushort* rows, int stride, int queries, int keys, int values, PromptAttention attention)
    {
        (_cache, _layer, _attention, _stride, _queries, _keys, _values) = (cache, layer, attention, stride, queries, keys, values);
        _rows = rows;
        _pages = (_angles.Position + KeyValueCache.PageTokens - 1) / KeyValueCache.PageTokens;
        _team.Run(this, _pages + Chunks);
    }

    /// <summary>Keys and values alone, to the cache alone.</summary>
    internal void Store(KeyValueCache cache, int layer, ushort* rows, int stride, int keys, int values)
    {
        (_cache, _layer, _attention, _stride, _keys, _values, _pages) = (cache, layer, null, stride, keys, values, 0);
        _rows = rows;
        _team.Run(this, Chunks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _angles.Dispose();
        _scratch.Dispose();
    }

    internal override void Execute(int chunk, int worker)
    {
        float* scratch = (float*)_scratch.Pointer + ((long)worker * _scratchElements);
        if (chunk < _pages)
        {
            Former(chunk * KeyValueCache.PageTokens, scratch, scratch + (2 * _head));
            return;
        }

        int first = (chunk - _pages) * TokensPerChunk, end = Math.Min(first + TokensPerChunk, _angles.Tokens);
        for (int token = first; token < end; token++)
        {
            Token(token, scratch, scratch + _head);
        }
    }

    private int Chunks => (_angles.Tokens + TokensPerChunk - 1) / TokensPerChunk;

    // The scratch of a head is zero beyond its size.
    private void Token(int token, float* key, float* value)
    {
        bool turn = _cache!.Format == KeyValueFormat.Q4 && HadamardRotation.Fits(_size, _head);
        ushort* row = _rows + ((long)token * _stride);
        int position = _angles.Position + token;
        for (int h = 0; _attention is not null && h < _configuration.HeadCount; h++)
        {
            Rotated(row + _queries + (h * _size), token, turn, key);
            _attention.PutQuery(h, token, key);
        }

        for (int h = 0; h < _configuration.KeyValueHeadCount; h++)
        {
            Rotated(row + _keys + (h * _size), token, turn, key);
            BrainKernels.Widen(row + _values + (h * _size), value, _size);
            _cache.Write(_layer, h, position, key, value);
            _attention?.PutKey(h, position, key);
            _attention?.PutValue(h, position, value);
        }
    }

    private void Rotated(ushort* from, int token, bool turn, float* to)
    {
        BrainKernels.Widen(from, to, _size);
        _floats.Rotate(to, _angles.Cosines(token), _angles.Sines(token), _angles.Half, 1);
        if (turn)
        {
            HadamardRotation.Apply(to, _size);
        }
    }

    // A page that was in the cache before this chunk, or the part of it that was.
    private void Former(int first, float* key, float* keys)
    {
        float* values = keys + (KeyValueCache.PageTokens * _head);
        int tokens = Math.Min(KeyValueCache.PageTokens, _angles.Position - first);
        for (int h = 0; h < _configuration.KeyValueHeadCount; h++)
        {
            _cache!.Widen(_layer, h, first, tokens, keys, values);
            for (int t = 0; t < tokens; t++)
            {
                // Keys lie [tile of 16, head, 16].
                float* tile = keys + (t / FloatKernels.KeyTile * FloatKernels.KeyTile * _head) + (t % FloatKernels.KeyTile);
                for (int i = 0; i < _size; i++)
                {
                    key[i] = tile[i * FloatKernels.KeyTile];
                }

                _attention!.PutKey(h, first + t, key);
                _attention.PutValue(h, first + t, values + (t * _head));
            }
        }
    }
}
