using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Llama on the CPU in pure C#: repacked weights, int8 activations, online-softmax attention, own threads. Prompts run in chunks, logits are computed
/// only where asked for, and a token allocates nothing.
/// </summary>
public sealed unsafe class CpuLlamaExecutor : ILlamaExecutor
{
    /// <summary>Tokens of a chunk of a prompt.</summary>
    internal const int ChunkTokens = 256;

    private const int LogitTokens = 32;
    private readonly LlamaWeights _weights;
    private readonly ThreadTeam _team;
    private readonly InstructionSet _set;
    private readonly Activations _activations;
    private readonly MultiplyJob _multiply;
    private readonly InputJob _input;
    private readonly PositionJob _position;
    private readonly AttentionJob _attention;
    private readonly Arena _arena;
    private readonly float* _x, _delta, _queries, _keys, _values, _mixed, _gate, _up, _logits;
    private readonly bool _reference;
    private readonly KeyValueFormat _keyValues;
    private bool _disposed;

    private CpuLlamaExecutor(LlamaConfiguration configuration, LlamaWeights weights, ThreadTeam team, InstructionSet set, bool reference, KeyValueFormat keyValues)
    {
        Configuration = configuration;
        (_weights, _team, _set, _reference, _keyValues) = (weights, team, set, reference, keyValues);
        int widest = Widest(configuration);
        bool single = AllMatrices().Any(matrix => matrix.Format == TileFormat.F32);
        _activations = new Activations(ChunkTokens, widest);
        _multiply = new MultiplyJob(team, set, _activations);
        _input = new InputJob(team, set.Floats, _activations, AllMatrices().Any(matrix => matrix.Format != TileFormat.F32), single, widest);
        _position = new PositionJob(configuration, team, set.Floats, ChunkTokens);
        _attention = new AttentionJob(configuration, team, set.Floats);
        _arena = new Arena(Scratch(configuration));
        BlockWeights block = weights.Blocks[0];
        _x = _arena.Take<float>((long)ChunkTokens * configuration.HiddenSize);
        _delta = _arena.Take<float>((long)ChunkTokens * block.Down.PaddedRows);
        _queries = _arena.Take<float>((long)ChunkTokens * block.Query.PaddedRows);
        _keys = _arena.Take<float>((long)ChunkTokens * block.Key.PaddedRows);
        _values = _arena.Take<float>((long)ChunkTokens * block.Value.PaddedRows);
        _mixed = _arena.Take<float>((long)ChunkTokens * block.Query.PaddedRows);
        _gate = _arena.Take<float>((long)ChunkTokens * block.Gate.PaddedRows);
        _up = _arena.Take<float>((long)ChunkTokens * block.Up.PaddedRows);
        _logits = _arena.Take<float>((long)LogitTokens * weights.Output.PaddedRows);
    }

    /// <inheritdoc/>
    public LlamaConfiguration Configuration { get; }

    /// <inheritdoc/>
    public string Path => _reference ? _set.Name + "-fp32" : _set.Name;

    /// <inheritdoc/>
    public bool SameBitsInCompany => true;

    /// <summary>How keys and values are stored.</summary>
    public KeyValueFormat KeyValues => _keyValues;

    /// <summary>Bytes of weights that a generated token reads: all but an embedding that is not the output matrix too.</summary>
    public long WeightBytes => _weights.ByteLength - (_weights.Output == _weights.Embedding ? 0 : _weights.Embedding.ByteLength);

    /// <summary>Sees the residual stream of the last token after the embedding (0), after each block (1 ...) and after the last norm; for tests.</summary>
    internal Action<int, float[]>? Observer { get; set; }

    /// <summary>Repacks the weights of <paramref name="checkpoint"/>; memory for them and for a cache of <paramref name="contextLength"/> tokens is checked first.</summary>
    internal static CpuLlamaExecutor Load(
        LlamaCheckpoint checkpoint, bool reference, int threads, int contextLength, CancellationToken cancellation, KeyValueFormat keyValues = KeyValueFormat.Half)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        keyValues = reference ? KeyValueFormat.Full : keyValues;
        MemoryCheck.Require(checkpoint.Path, Plan(checkpoint, reference, contextLength, keyValues), MemoryCheck.Available());

        // Reading takes longer than a first measurement, and does not need its answer.
        var set = Task.Run(() => KernelChoice.Choose(), cancellation);
        var team = new ThreadTeam(threads);
        LlamaWeights? weights = null;
        try
        {
            weights = LlamaWeights.Load(checkpoint, reference, team, cancellation);
            return new CpuLlamaExecutor(c, weights, team, set.GetAwaiter().GetResult(), reference, keyValues);
        }
        catch
        {
            weights?.Dispose();
            team.Dispose();
            throw;
        }
    }

    /// <summary>Memory that running takes: weights, cache and intermediate results.</summary>
    internal static MemoryPlan Plan(LlamaCheckpoint checkpoint, bool reference, int contextLength, KeyValueFormat keyValues)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        return new MemoryPlan(
            contextLength, LlamaWeights.Measure(checkpoint, reference), Scratch(c) + Activations.Measure(ChunkTokens, Widest(c)),
            KeyValueCache.Measure(c, KeyValueCache.PageTokens, keyValues) / KeyValueCache.PageTokens, keyValues);
    }

    /// <inheritdoc/>
    public IKeyValueCache CreateCache(int capacity)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return new KeyValueCache(this, Configuration, capacity, _keyValues, _set.Floats);
    }

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<int> tokens, IKeyValueCache cache, Span<float> logits, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cache is not KeyValueCache own || own.Owner != this)
        {
            Throw.ForeignCache();
            return;
        }

        bool all = ForwardCheck.Require(tokens, own, logits, Configuration.VocabularySize);
        int former = own.Length;
        own.Reserve(tokens.Length);
        try
        {
            for (int done = 0; done < tokens.Length; done += ChunkTokens)
            {
                ReadOnlySpan<int> chunk = tokens.Slice(done, Math.Min(ChunkTokens, tokens.Length - done));
                bool last = done + chunk.Length == tokens.Length;
                int vocabulary = Configuration.VocabularySize;
                Span<float> wanted = all ? logits.Slice(done * vocabulary, chunk.Length * vocabulary) : last ? logits : [];
                Chunk(chunk, own, wanted, cancellation);
                own.Advance(chunk.Length);
            }
        }
        catch
        {
            own.Truncate(former);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _team.Dispose();
            _weights.Dispose();
            _activations.Dispose();
            _input.Dispose();
            _position.Dispose();
            _attention.Dispose();
            _arena.Dispose();
        }
    }

    private static int Widest(LlamaConfiguration c) => Math.Max(Math.Max(c.HiddenSize, c.FeedForwardSize), c.HeadCount * c.HeadSize);

    private static long Scratch(LlamaConfiguration c) =>
        sizeof(float) * ((ChunkTokens * ((2L * (c.HiddenSize + 16)) + (2L * ((c.HeadCount * c.HeadSize) + 16)) + (2L * ((c.KeyValueHeadCount * c.HeadSize) + 16)) + (2L * (c.FeedForwardSize + 16))))
            + ((long)LogitTokens * (c.VocabularySize + 16))) + 4096;

    private IEnumerable<PackedMatrix> AllMatrices() =>
        _weights.Blocks.SelectMany(b => (PackedMatrix[])[b.Query, b.Key, b.Value, b.AttentionOutput, b.Gate, b.Up, b.Down]).Append(_weights.Output);

    private void Chunk(ReadOnlySpan<int> tokens, KeyValueCache cache, Span<float> logits, CancellationToken cancellation)
    {
        LlamaConfiguration c = Configuration;
        int n = tokens.Length, position = cache.Length;
        for (int t = 0; t < n; t++)
        {
            _weights.Embedding.ReadRow(tokens[t], new Span<float>(_x + ((long)t * c.HiddenSize), c.HiddenSize));
        }

        _position.Prepare(position, n);
        Observe(0, n - 1, null);
        float* x = _x, added = null;
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            BlockWeights w = _weights.Blocks[layer];
            _input.Norm(x, c.HiddenSize, added, w.Down.PaddedRows, w.AttentionNorm, c.RmsNormEpsilon, n);
            _multiply.Run(w.Query, _queries, w.Key, _keys, w.Value, _values);
            _position.Run(cache, layer, _queries, w.Query.PaddedRows, _keys, _values, w.Key.PaddedRows);
            float* queries = _queries;
            if (layer == c.LayerCount - 1 && logits.Length <= c.VocabularySize)
            {
                // The keys and values are stored; from here on only the last token matters, and nothing at all when no logits are wanted.
                if (logits.IsEmpty)
                {
                    return;
                }

                x += (long)(n - 1) * c.HiddenSize;
                queries += (long)(n - 1) * w.Query.PaddedRows;
                position += n - 1;
                n = 1;
            }

            _attention.Run(cache, layer, position, n, queries, w.Query.PaddedRows, _mixed, w.Query.PaddedRows);
            _input.Plain(_mixed, w.AttentionOutput.Columns, w.Query.PaddedRows, n);
            _multiply.Run(w.AttentionOutput, _delta);
            _input.Norm(x, c.HiddenSize, _delta, w.AttentionOutput.PaddedRows, w.FeedForwardNorm, c.RmsNormEpsilon, n);
            _multiply.Run(w.Gate, _gate, w.Up, _up);
            _input.Gate(_gate, _up, c.FeedForwardSize, w.Gate.PaddedRows, n);
            _multiply.Run(w.Down, _delta);
            added = _delta;
            Observe(layer + 1, (int)((x - _x) / c.HiddenSize) + n - 1, added + ((long)(n - 1) * w.Down.PaddedRows));
        }

        Logits(x, n, logits);
    }

    private void Logits(float* x, int n, Span<float> logits)
    {
        int vocabulary = Configuration.VocabularySize, hidden = Configuration.HiddenSize;
        PackedMatrix output = _weights.Output;
        int deltaStride = _weights.Blocks[0].Down.PaddedRows;
        for (int first = 0; first < n; first += LogitTokens)
        {
            int count = Math.Min(LogitTokens, n - first);
            _input.Norm(x + ((long)first * hidden), hidden, _delta + ((long)first * deltaStride), deltaStride, _weights.OutputNorm, Configuration.RmsNormEpsilon, count);
            _multiply.Run(output, _logits);
            for (int t = 0; t < count; t++)
            {
                new Span<float>(_logits + ((long)t * output.PaddedRows), vocabulary).CopyTo(logits.Slice((first + t) * vocabulary, vocabulary));
            }
        }
    }

    private void Observe(int stage, int token, float* added)
    {
        if (Observer is { } observer)
        {
            float[] row = new Span<float>(_x + ((long)token * Configuration.HiddenSize), Configuration.HiddenSize).ToArray();
            for (int i = 0; added is not null && i < row.Length; i++)
            {
                row[i] += added[i];
            }

            observer(stage, row);
        }
    }
}
