using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Prefill;
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

    private readonly LlamaWeights _weights;
    private readonly ThreadTeam _team;
    private readonly InstructionSet _set;
    private readonly Activations _activations;
    private readonly MultiplyJob _multiply;
    private readonly InputJob _input;
    private readonly PositionJob _position;
    private readonly AttentionJob _attention;
    private readonly ForwardScratch _scratch;
    private readonly bool _reference;
    private readonly KeyValueFormat _keyValues;
    private readonly LongPrompts _long;
    private bool _disposed;

    private CpuLlamaExecutor(LlamaConfiguration configuration, LlamaWeights weights, ThreadTeam team, InstructionSet set, bool reference, KeyValueFormat keyValues, LongPromptPath prompts)
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
        _scratch = new ForwardScratch(configuration, weights, ChunkTokens);
        _long = new LongPrompts(reference ? LongPromptPath.Tiles : prompts, configuration, weights, team, set);
    }

    /// <inheritdoc/>
    public LlamaConfiguration Configuration { get; }

    /// <inheritdoc/>
    public string Path => _reference ? _set.Name + "-fp32" : _set.Name;

    /// <inheritdoc/>
    public bool SameBitsInCompany => true;

    /// <summary>How long prompts are multiplied, for reports.</summary>
    public string PromptPath => _long.Describe();

    /// <summary>How keys and values are stored.</summary>
    public KeyValueFormat KeyValues => _keyValues;

    /// <summary>Bytes of weights that a generated token reads: all but an embedding that is not the output matrix too.</summary>
    public long WeightBytes => _weights.ByteLength - (_weights.Output == _weights.Embedding ? 0 : _weights.Embedding.ByteLength);

    /// <summary>Sees the residual stream of the last token after the embedding (0), after each block (1 ...) and after the last norm; for tests.</summary>
    internal Action<int, float[]>? Observer { get; set; }

    /// <summary>Counts the time of the parts of a pass when it is set; for benchmarks.</summary>
    internal ForwardParts? Parts { get; set; }

    /// <summary>The threads, for reads to compare with.</summary>
    internal ThreadTeam Team => _team;

    /// <summary>The weights in memory, for reads to compare with.</summary>
    internal LlamaWeights Weights => _weights;

    /// <summary>Repacks the weights of <paramref name="checkpoint"/>; memory for them and for a cache of <paramref name="contextLength"/> tokens is checked first.</summary>
    internal static CpuLlamaExecutor Load(
        LlamaCheckpoint checkpoint, bool reference, int threads, int contextLength, CancellationToken cancellation, KeyValueFormat keyValues = KeyValueFormat.Half,
        LongPromptPath prompts = LongPromptPath.Tiles)
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
            return new CpuLlamaExecutor(c, weights, team, set.GetAwaiter().GetResult(), reference, keyValues, prompts);
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
            contextLength, LlamaWeights.Measure(checkpoint, reference), ForwardScratch.Measure(c, ChunkTokens) + Activations.Measure(ChunkTokens, Widest(c)),
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
            for (int done = 0; done < tokens.Length;)
            {
                // The last token is run as any single token: found again in a cache, a prompt gives the same logits.
                int left = tokens.Length - done, many = all || logits.IsEmpty ? left : left - 1;
                LongPromptPass? pass = _long.For(many, own.Length);
                ReadOnlySpan<int> chunk = tokens.Slice(done, pass is null ? Math.Min(left, ChunkTokens) : LongPrompts.NextChunk(many));
                bool last = done + chunk.Length == tokens.Length;
                int vocabulary = Configuration.VocabularySize;
                Span<float> wanted = all ? logits.Slice(done * vocabulary, chunk.Length * vocabulary) : last ? logits : [];
                if (pass is null)
                {
                    Chunk(chunk, own, wanted, cancellation);
                }
                else
                {
                    LongChunk(pass, chunk, own, wanted, cancellation);
                }

                own.Advance(chunk.Length);
                done += chunk.Length;
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
            _scratch.Dispose();
            _long.Dispose();
        }
    }

    /// <summary>Columns of the widest input of a product.</summary>
    internal static int Widest(LlamaConfiguration c) => Math.Max(Math.Max(c.HiddenSize, c.FeedForwardSize), c.HeadCount * c.HeadSize);

    private IEnumerable<PackedMatrix> AllMatrices() =>
        _weights.Blocks.SelectMany(b => (PackedMatrix[])[b.Query, b.Key, b.Value, b.AttentionOutput, b.Gate, b.Up, b.Down]).Append(_weights.Output);

    // Logits of all tokens, or none.
    private void LongChunk(LongPromptPass pass, ReadOnlySpan<int> tokens, KeyValueCache cache, Span<float> logits, CancellationToken cancellation)
    {
        Parts?.Begin();
        Embed(tokens, pass.Stream);
        pass.Run(cache, tokens.Length, whole: !logits.IsEmpty, Parts, cancellation);
        if (!logits.IsEmpty)
        {
            Logits(pass.Stream, tokens.Length, null, logits);
            Parts?.Lap(ForwardPart.Output);
        }
    }

    private void Embed(ReadOnlySpan<int> tokens, float* x)
    {
        for (int t = 0; t < tokens.Length; t++)
        {
            _weights.Embedding.ReadRow(tokens[t], new Span<float>(x + ((long)t * Configuration.HiddenSize), Configuration.HiddenSize));
        }
    }

    private void Chunk(ReadOnlySpan<int> tokens, KeyValueCache cache, Span<float> logits, CancellationToken cancellation)
    {
        Parts?.Begin();
        Embed(tokens, _scratch.X);
        _position.Prepare(cache.Length, tokens.Length);
        Parts?.Lap(ForwardPart.Start);
        Observe(0, tokens.Length - 1, null);
        LlamaConfiguration c = Configuration;
        ForwardScratch s = _scratch;
        int n = tokens.Length, position = cache.Length;
        float* x = s.X, added = null;
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            BlockWeights w = _weights.Blocks[layer];
            _input.Norm(x, c.HiddenSize, added, w.Down.PaddedRows, w.AttentionNorm, c.RmsNormEpsilon, n);
            Parts?.Lap(ForwardPart.Inputs);
            _multiply.Run(w.Query, s.Queries, w.Key, s.Keys, w.Value, s.Values);
            Parts?.Lap(ForwardPart.QueryKeyValue);
            _position.Run(cache, layer, s.Queries, w.Query.PaddedRows, s.Keys, s.Values, w.Key.PaddedRows);
            Parts?.Lap(ForwardPart.Positions);
            float* queries = s.Queries;
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

            _attention.Run(cache, layer, position, n, queries, w.Query.PaddedRows, s.Mixed, w.Query.PaddedRows);
            Parts?.Lap(ForwardPart.Attention);
            _input.Plain(s.Mixed, w.AttentionOutput.Columns, w.Query.PaddedRows, n);
            Parts?.Lap(ForwardPart.Inputs);
            _multiply.Run(w.AttentionOutput, s.Delta);
            Parts?.Lap(ForwardPart.AttentionOutput);
            _input.Norm(x, c.HiddenSize, s.Delta, w.AttentionOutput.PaddedRows, w.FeedForwardNorm, c.RmsNormEpsilon, n);
            Parts?.Lap(ForwardPart.Inputs);
            _multiply.Run(w.Gate, s.Gate, w.Up, s.Up);
            Parts?.Lap(ForwardPart.GateUp);
            _input.Gate(s.Gate, s.Up, c.FeedForwardSize, w.Gate.PaddedRows, n);
            Parts?.Lap(ForwardPart.Inputs);
            _multiply.Run(w.Down, s.Delta);
            Parts?.Lap(ForwardPart.Down);
            added = s.Delta;
            Observe(layer + 1, (int)((x - s.X) / c.HiddenSize) + n - 1, added + ((long)(n - 1) * w.Down.PaddedRows));
        }

        Logits(x, n, added, logits);
        Parts?.Lap(ForwardPart.Output);
    }

    private void Logits(float* x, int n, float* added, Span<float> logits)
    {
        int vocabulary = Configuration.VocabularySize, hidden = Configuration.HiddenSize;
        ForwardScratch s = _scratch;
        PackedMatrix output = _weights.Output;
        int deltaStride = _weights.Blocks[0].Down.PaddedRows;
        for (int first = 0; first < n; first += ForwardScratch.LogitTokens)
        {
            int count = Math.Min(ForwardScratch.LogitTokens, n - first);
            _input.Norm(x + ((long)first * hidden), hidden, added is null ? null : added + ((long)first * deltaStride), deltaStride, _weights.OutputNorm, Configuration.RmsNormEpsilon, count);
            _multiply.Run(output, s.Logits);
            for (int t = 0; t < count; t++)
            {
                new Span<float>(s.Logits + ((long)t * output.PaddedRows), vocabulary).CopyTo(logits.Slice((first + t) * vocabulary, vocabulary));
            }
        }
    }

    private void Observe(int stage, int token, float* added)
    {
        if (Observer is { } observer)
        {
            float[] row = new Span<float>(_scratch.X + ((long)token * Configuration.HiddenSize), Configuration.HiddenSize).ToArray();
            for (int i = 0; added is not null && i < row.Length; i++)
            {
                row[i] += added[i];
            }

            observer(stage, row);
        }
    }
}
