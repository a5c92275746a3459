using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// The blocks of the model over a chunk of a long prompt, in bf16 through libtorch: products by <see cref="MatrixUnits"/>, attention by <see cref="PromptAttention"/>, and
/// what lies between by the kernels of the executor. The residual stream stays fp32. All scratch memory is made once.
/// </summary>
sealed unsafe class LongPromptPass : IDisposable
{
    private readonly LlamaConfiguration _c;
    private readonly LlamaWeights _weights;
    private readonly BlockMatrices[] _blocks;
    private readonly WideMatrix _lastKeysAndValues;
    private readonly MatrixUnits _units;
    private readonly PromptInputs _join;
    private readonly PromptHeads _heads;
    private readonly PromptAttention _attention;
    private readonly NativeBuffer _stream;
    private readonly Tensor _inputs, _outputs; // flat bf16
    private readonly ushort* _inputData, _outputData;
    private readonly int _tokens;

    /// <summary>Room for <paramref name="tokens"/> tokens.</summary>
    internal LongPromptPass(LlamaConfiguration configuration, LlamaWeights weights, ThreadTeam team, FloatKernels floats, int tokens)
    {
        (_c, _weights, _tokens) = (configuration, weights, tokens);
        _blocks = [.. weights.Blocks.Select(BlockMatrices.Of)];
        _lastKeysAndValues = new WideMatrix(weights.Blocks[^1].Key, weights.Blocks[^1].Value);
        _units = new MatrixUnits(team, tokens, _blocks[0].All);
        _join = new PromptInputs(team, floats, CpuLlamaExecutor.Widest(configuration));
        _heads = new PromptHeads(configuration, team, floats, tokens);
        _attention = PromptAttention.Of(configuration, team);
        _stream = new NativeBuffer((long)tokens * configuration.HiddenSize * sizeof(float), clear: false);
        _inputs = MatrixUnits.Room((long)(tokens + TileProductJob.BlockTokens) * CpuLlamaExecutor.Widest(configuration));
        _outputs = MatrixUnits.Room((long)tokens * _blocks[0].MostRows);
        _inputData = TensorMemory.Start<ushort>(_inputs);
        _outputData = TensorMemory.Start<ushort>(_outputs);
    }

    /// <summary>The residual stream [tokens, hidden size]: the embeddings before a pass, what the blocks made of them after it.</summary>
    internal float* Stream => (float*)_stream.Pointer;

    /// <summary>Bytes that such an object takes, the keys and values of <paramref name="length"/> tokens included.</summary>
    internal static long Measure(LlamaConfiguration c, LlamaWeights weights, int threads, int tokens, int length)
    {
        var block = BlockMatrices.Of(weights.Blocks[0]);
        return MatrixUnits.Measure(threads, tokens, block.All) + PromptAttention.Measure(c, threads, tokens, length)
            + ((long)tokens * ((sizeof(float) * c.HiddenSize) + (sizeof(ushort) * ((long)CpuLlamaExecutor.Widest(c) + block.MostRows))));
    }

    /// <summary>
    /// Runs the tokens whose embeddings are in <see cref="Stream"/> through the blocks, all of them where <paramref name="whole"/> says so: else the last block only
    /// stores its keys and values, and the stream is what it gets. The cache has room for the tokens and does not count them yet.
    /// </summary>
    internal void Run(KeyValueCache cache, int tokens, bool whole, ForwardParts? parts, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, _tokens);
        using var _ = inference_mode();
        _heads.Prepare(cache.Length, tokens);
        _attention.Shape(cache.Length, tokens);
        parts?.Lap(ForwardPart.Start);
        ushort* added = null;
        int layers = whole ? _c.LayerCount : _c.LayerCount - 1;
        for (int layer = 0; layer < layers; layer++)
        {
            cancellation.ThrowIfCancellationRequested();
            Block(cache, layer, tokens, added, parts);
            added = _outputData;
        }

        int addedRows = _blocks[0].Down.Rows;
        _join.Norm(Stream, _c.HiddenSize, added, addedRows, whole ? null : _weights.Blocks[^1].AttentionNorm, _c.RmsNormEpsilon, tokens, _inputData);
        parts?.Lap(ForwardPart.Inputs);
        if (!whole)
        {
            using var scope = NewDisposeScope();
            WideMatrix matrix = _lastKeysAndValues;
            _units.Multiply(matrix, MatrixUnits.View(_inputs, tokens, _c.HiddenSize), MatrixUnits.View(_outputs, tokens, matrix.Rows), parts, ForwardPart.QueryKeyValue);
            _heads.Store(cache, _c.LayerCount - 1, _outputData, matrix.Rows, 0, matrix.Start(1));
            parts?.Lap(ForwardPart.Positions);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _units.Dispose();
        _join.Dispose();
        _heads.Dispose();
        _attention.Dispose();
        _stream.Dispose();
        _inputs.Dispose();
        _outputs.Dispose();
    }

    private void Block(KeyValueCache cache, int layer, int tokens, ushort* added, ForwardParts? parts)
    {
        using var scope = NewDisposeScope();
        BlockWeights w = _weights.Blocks[layer];
        BlockMatrices m = _blocks[layer];
        Tensor hidden = MatrixUnits.View(_inputs, tokens, _c.HiddenSize);

        _join.Norm(Stream, _c.HiddenSize, added, m.Down.Rows, w.AttentionNorm, _c.RmsNormEpsilon, tokens, _inputData);
        parts?.Lap(ForwardPart.Inputs);
        _units.Multiply(m.QueryKeyValue, hidden, MatrixUnits.View(_outputs, tokens, m.QueryKeyValue.Rows), parts, ForwardPart.QueryKeyValue);
        _heads.Run(cache, layer, _outputData, m.QueryKeyValue.Rows, 0, m.QueryKeyValue.Start(1), m.QueryKeyValue.Start(2), _attention);
        parts?.Lap(ForwardPart.Positions);
        Tensor mixed = MatrixUnits.View(_inputs, tokens, m.AttentionOutput.Columns);
        _attention.Run(mixed);
        parts?.Lap(ForwardPart.Attention);
        _units.Multiply(m.AttentionOutput, mixed, MatrixUnits.View(_outputs, tokens, m.AttentionOutput.Rows), parts, ForwardPart.AttentionOutput);
        _join.Norm(Stream, _c.HiddenSize, _outputData, m.AttentionOutput.Rows, w.FeedForwardNorm, _c.RmsNormEpsilon, tokens, _inputData);
        parts?.Lap(ForwardPart.Inputs);
        _units.Multiply(m.GateUp, hidden, MatrixUnits.View(_outputs, tokens, m.GateUp.Rows), parts, ForwardPart.GateUp);
        _join.Gate(_outputData, m.GateUp.Rows, m.GateUp.Start(1), _c.FeedForwardSize, tokens, _inputData);
        parts?.Lap(ForwardPart.Inputs);
        _units.Multiply(m.Down, MatrixUnits.View(_inputs, tokens, _c.FeedForwardSize), MatrixUnits.View(_outputs, tokens, m.Down.Rows), parts, ForwardPart.Down);
    }

    /// <summary>The matrices of a block, those with the same inputs as one.</summary>
    private sealed record BlockMatrices(WideMatrix QueryKeyValue, WideMatrix AttentionOutput, WideMatrix GateUp, WideMatrix Down)
    {
        internal WideMatrix[] All => [QueryKeyValue, AttentionOutput, GateUp, Down];

        internal int MostRows => All.Max(matrix => matrix.Rows);

        internal static BlockMatrices Of(BlockWeights w) => new(new WideMatrix(w.Query, w.Key, w.Value), new WideMatrix(w.AttentionOutput), new WideMatrix(w.Gate, w.Up), new WideMatrix(w.Down));
    }
}
