using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Causal attention with online softmax (Milakov and Gimelshein 2018; the tiling of FlashAttention). A unit of work is one key/value head, a few tokens and a span
/// of keys: keys and values are widened once for all query heads that share them. With few tokens the spans are shared out, so that all threads have work.
/// Every span of <see cref="SpanKeys"/> keys is summed by itself and the spans are joined in order, whoever did them: a token gets the same bits alone and in a prompt.
/// </summary>
sealed unsafe class AttentionJob : TeamJob, IDisposable
{
    private const int RowsWanted = 48;
    private const int SpanKeys = 512;
    private const int MostSplits = 64;
    private const int MostSplitTokens = 4;
    private readonly ThreadTeam _team;
    private readonly FloatKernels _floats;
    private readonly Workspace[] _workspaces;
    private readonly int _group, _kvHeads, _headSize, _head, _tokensPerUnit;
    private readonly NativeBuffer _partials; // [unit, row, head + 16]: sums, maximum, total
    private KeyValueCache? _cache;
    private float* _queries, _output;
    private int _layer, _position, _tokens, _queryStride, _outputStride, _splits;

    internal AttentionJob(LlamaConfiguration configuration, ThreadTeam team, FloatKernels floats)
    {
        _team = team;
        _floats = floats;
        _group = configuration.HeadCount / configuration.KeyValueHeadCount;
        _kvHeads = configuration.KeyValueHeadCount;
        _headSize = configuration.HeadSize;
        _head = KeyValueCache.PaddedHead(_headSize);
        _tokensPerUnit = Math.Max(1, RowsWanted / _group);
        int rows = ((_tokensPerUnit * _group) + FloatKernels.QueryRows - 1) / FloatKernels.QueryRows * FloatKernels.QueryRows;
        _workspaces = [.. Enumerable.Range(0, team.Size).Select(_ => new Workspace(rows, _head))];
        _partials = new NativeBuffer((long)_kvHeads * MostSplits * MostSplitTokens * _group * (_head + 16) * sizeof(float), clear: false);
    }

    /// <summary>Queries [tokens, heads x size], rotated and scaled, against the cache (the keys of these tokens are in it); output [tokens, heads x size].</summary>
    internal void Run(KeyValueCache cache, int layer, int position, int tokens, float* queries, int queryStride, float* output, int outputStride)
    {
        (_cache, _layer, _position, _tokens, _queryStride, _outputStride) = (cache, layer, position, tokens, queryStride, outputStride);
        _queries = queries;
        _output = output;
        int length = position + tokens;
        int spans = (length + SpanKeys - 1) / SpanKeys;
        _splits = tokens > Math.Min(MostSplitTokens, _tokensPerUnit) || spans > MostSplits ? 1 : spans;
        _team.Run(this, _kvHeads * _splits * ((tokens + _tokensPerUnit - 1) / _tokensPerUnit));
        if (_splits > 1)
        {
            for (int head = 0; head < _kvHeads; head++)
            {
                Merge(head);
            }
        }
    }

    internal override bool Brief => _tokens == 1;

    internal override void Execute(int chunk, int worker)
    {
        // Later tokens see more keys: the largest units go first.
        int blocks = (_tokens + _tokensPerUnit - 1) / _tokensPerUnit;
        int head = chunk % _kvHeads, split = chunk / _kvHeads % _splits, block = blocks - 1 - (chunk / _kvHeads / _splits);
        int first = block * _tokensPerUnit, count = Math.Min(_tokensPerUnit, _tokens - first), rows = count * _group;
        Workspace w = _workspaces[worker];
        if (Stored(rows))
        {
            _floats.FetchStored(_cache!.StoredKeys(_layer, head, split * SpanKeys));
        }

        Load(w, head, first, count);
        int end = _position + first + count;
        for (int key = split * SpanKeys; key < end; key += FloatKernels.KeyBlock)
        {
            if (key % SpanKeys == 0 && key > split * SpanKeys)
            {
                if (_splits > 1)
                {
                    break;
                }

                for (int row = 0; row < rows; row++)
                {
                    Join(w, row, w.Span(row));
                    Reset(w.Span(row));
                }
            }

            Attend(w, head, key, Math.Min(FloatKernels.KeyBlock, end - key), rows, _position + first);
        }

        for (int row = 0; row < rows; row++)
        {
            if (_splits > 1)
            {
                Buffer.MemoryCopy(w.Span(row), Partial(head, split, row), (_head + 2) * sizeof(float), (_head + 2) * sizeof(float));
                continue;
            }

            Join(w, row, w.Span(row));
            Scale(w.Joined(row), OutputOf(head, first, row));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_workspaces, workspace => workspace.Dispose());
        _partials.Dispose();
    }

    private void Load(Workspace w, int head, int first, int count)
    {
        // Rows are met four at a time; a workspace has room for far more than a single token needs, and clearing that took as long as its attention.
        int quads = ((count * _group) + FloatKernels.QueryRows - 1) / FloatKernels.QueryRows * FloatKernels.QueryRows;
        for (int row = 0; row < quads; row++)
        {
            float* q = w.Queries + (row * _head);
            new Span<float>(q, _head).Clear();
            if (row < count * _group)
            {
                float* from = _queries + ((long)(first + (row / _group)) * _queryStride) + (((head * _group) + (row % _group)) * _headSize);
                Buffer.MemoryCopy(from, q, _head * sizeof(float), _headSize * sizeof(float));
            }

            Reset(w.Span(row));
            Reset(w.Joined(row));
        }
    }

    // Widening pays once many rows meet the same keys.
    private bool Stored(int rows) => rows <= FloatKernels.QueryRows && _floats.ReadsStored(_cache!.Format);

    private void Attend(Workspace w, int head, int key, int count, int rows, int firstPosition)
    {
        KeyValueCache cache = _cache!;
        float* keys = w.Keys, values = w.Values;

        bool stored = Stored(rows);
        int computed = stored ? rows : FloatKernels.QueryRows;
        if (cache.Format == KeyValueFormat.Full)
        {
            // A block of keys is a run of whole tiles.
            keys = (float*)cache.Keys(_layer, head, key);
            values = (float*)cache.Values(_layer, head, key);
        }
        else if (!stored)
        {
            cache.Widen(_layer, head, key, count, keys, values);
        }

        for (int row = 0; row < rows; row += FloatKernels.QueryRows)
        {
            // Rows past the last are zeros; a quad whose last query lies before this block sees none of it.
            int lastPosition = firstPosition + ((Math.Min(row + FloatKernels.QueryRows, rows) - 1) / _group);
            if (lastPosition < key)
            {
                continue;
            }

            if (stored)
            {
                _floats.ScoresStored(w.Queries, rows, cache.StoredKeys(_layer, head, key), _head, w.Scores);
            }
            else
            {
                _floats.Scores(w.Queries + (row * _head), keys, _head, w.Scores);
            }

            for (int r = 0; r < computed; r++)
            {
                float* scores = w.Scores + (r * FloatKernels.KeyBlock);
                int visible = Math.Min(count, firstPosition + (Math.Min(row + r, rows - 1) / _group) - key + 1);
                for (int k = Math.Max(visible, 0); k < FloatKernels.KeyBlock; k++)
                {
                    scores[k] = float.NegativeInfinity;
                }

                if (visible <= 0)
                {
                    // Nothing seen, nothing added: the maximum may still be minus infinity here, which the softmax does not take.
                    new Span<float>(scores, FloatKernels.KeyBlock).Clear();
                    w.Factors[r] = 1;
                    continue;
                }

                float* state = w.Span(row + r) + _head;
                w.Factors[r] = _floats.Softmax(scores, ref state[0], ref state[1]);
            }

            if (stored)
            {
                _floats.AddStoredValues(w.Scores, w.Factors, rows, cache.StoredValues(_layer, head, key), count, _head, w.Span(0), w.Stride);
            }
            else
            {
                _floats.AddValues(w.Scores, w.Factors, values, count, _head, w.Span(row), w.Stride);
            }
        }
    }

    private void Merge(int head)
    {
        Workspace w = _workspaces[0];
        for (int row = 0; row < _tokens * _group; row++)
        {
            Reset(w.Joined(row));
            for (int split = 0; split < _splits; split++)
            {
                Join(w, row, Partial(head, split, row));
            }

            Scale(w.Joined(row), OutputOf(head, 0, row));
        }
    }

    private void Reset(float* state)
    {
        new Span<float>(state, _head).Clear();
        state[_head] = float.NegativeInfinity;
        state[_head + 1] = 0;
    }

    // Adds the sums of a span to those of the spans before it; a span of which the row saw nothing adds nothing.
    private void Join(Workspace w, int row, float* span)
    {
        float* joined = w.Joined(row);
        float max = MathF.Max(joined[_head], span[_head]);
        if (span[_head + 1] == 0)
        {
            return;
        }

        float old = MathF.Exp(joined[_head] - max), fresh = MathF.Exp(span[_head] - max);
        for (int i = 0; i < _head; i++)
        {
            joined[i] = (joined[i] * old) + (span[i] * fresh);
        }

        joined[_head] = max;
        joined[_head + 1] = (joined[_head + 1] * old) + (span[_head + 1] * fresh);
    }

    private void Scale(float* state, float* output)
    {
        float factor = 1 / state[_head + 1];
        for (int i = 0; i < _headSize; i++)
        {
            output[i] = state[i] * factor;
        }
    }

    private float* OutputOf(int head, int first, int row) =>
        _output + ((long)(first + (row / _group)) * _outputStride) + (((head * _group) + (row % _group)) * _headSize);

    private float* Partial(int head, int split, int row) =>
        (float*)_partials.Pointer + ((((((long)head * MostSplits) + split) * MostSplitTokens * _group) + row) * (_head + 16));

    /// <summary>Scratch memory of one thread.</summary>
    private sealed class Workspace : IDisposable
    {
        private readonly Arena _arena;
        private readonly float* _spans, _joined; // [row, head + 16]: sums, maximum, total

        internal Workspace(int rows, int head)
        {
            (Rows, Stride) = (rows, head + 16);
            long queries = (long)rows * head, states = (long)rows * Stride, block = (long)FloatKernels.KeyBlock * head;
            _arena = new Arena(((queries + (2 * states) + (2 * block) + (FloatKernels.QueryRows * FloatKernels.KeyBlock)) * sizeof(float)) + 1024);
            Queries = _arena.Take<float>(queries);
            _spans = _arena.Take<float>(states);
            _joined = _arena.Take<float>(states);
            Keys = _arena.Take<float>(block);
            Values = _arena.Take<float>(block);
            Scores = _arena.Take<float>(FloatKernels.QueryRows * FloatKernels.KeyBlock);
            Factors = _arena.Take<float>(FloatKernels.QueryRows);
        }

        internal int Rows { get; }

        internal int Stride { get; }

        internal float* Queries { get; }

        internal float* Keys { get; }

        internal float* Values { get; }

        internal float* Scores { get; }

        internal float* Factors { get; }

        internal float* Span(int row) => _spans + (row * Stride);

        internal float* Joined(int row) => _joined + (row * Stride);

        public void Dispose() => _arena.Dispose();
    }
}
