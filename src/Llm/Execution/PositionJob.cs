using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Execution;

/// <summary>Rotates queries and keys by their positions (RoPE, pairs i and i + half) and stores keys and values in the cache.</summary>
sealed unsafe class PositionJob : TeamJob, IDisposable
{
    private const int TokensPerChunk = 16;
    private readonly ThreadTeam _team;
    private readonly FloatKernels _floats;
    private readonly LlamaConfiguration _configuration;
    private readonly RotaryAngles _angles;
    private readonly NativeBuffer _heads; // [thread, key and value, padded head]
    private readonly int _head;
    private KeyValueCache? _cache;
    private float* _queries, _keys, _values;
    private int _layer, _queryStride, _keyStride;

    internal PositionJob(LlamaConfiguration configuration, ThreadTeam team, FloatKernels floats, int mostTokens)
    {
        _team = team;
        _floats = floats;
        _configuration = configuration;
        _head = KeyValueCache.PaddedHead(configuration.HeadSize);
        _angles = new RotaryAngles(configuration, mostTokens);
        _heads = new NativeBuffer(2L * team.Size * _head * sizeof(float));
    }

    /// <summary>Computes the angles of the tokens from <paramref name="position"/> on, once for all layers.</summary>
    internal void Prepare(int position, int tokens) => _angles.Prepare(position, tokens);

    /// <summary>Rotates in place and stores; queries are scaled by 1 / sqrt(head size).</summary>
    internal void Run(KeyValueCache cache, int layer, float* queries, int queryStride, float* keys, float* values, int keyStride)
    {
        (_cache, _layer, _queryStride, _keyStride) = (cache, layer, queryStride, keyStride);
        _queries = queries;
        _keys = keys;
        _values = values;
        _team.Run(this, (_angles.Tokens + TokensPerChunk - 1) / TokensPerChunk);
    }

    internal override void Execute(int chunk, int worker)
    {
        int size = _configuration.HeadSize;
        float scale = 1 / MathF.Sqrt(size);
        bool turn = _cache!.Format == KeyValueFormat.Q4 && HadamardRotation.Fits(size, _head);
        float* key = (float*)_heads.Pointer + (2L * worker * _head), value = key + _head;
        int end = Math.Min((chunk + 1) * TokensPerChunk, _angles.Tokens);
        for (int t = chunk * TokensPerChunk; t < end; t++)
        {
            float* cos = _angles.Cosines(t), sin = _angles.Sines(t);
            for (int h = 0; h < _configuration.HeadCount; h++)
            {
                float* query = _queries + ((long)t * _queryStride) + (h * size);
                _floats.Rotate(query, cos, sin, _angles.Half, scale);
                if (turn)
                {
                    HadamardRotation.Apply(query, size);
                }
            }

            for (int h = 0; h < _configuration.KeyValueHeadCount; h++)
            {
                long at = ((long)t * _keyStride) + (h * size);
                Buffer.MemoryCopy(_keys + at, key, _head * sizeof(float), size * sizeof(float));
                Buffer.MemoryCopy(_values + at, value, _head * sizeof(float), size * sizeof(float));
                _floats.Rotate(key, cos, sin, _angles.Half, 1);
                if (turn)
                {
                    HadamardRotation.Apply(key, size);
                }

                _cache.Write(_layer, h, _angles.Position + t, key, value);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _angles.Dispose();
        _heads.Dispose();
    }
}
