using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Attention by libtorch's fused kernel. The queries of a group share their keys and values by a view. libtorch masks from the first key on, so queries that stand behind
/// former tokens get as many rows before them, whose results nobody reads; where that would be most of the work, a mask is given instead.
/// </summary>
sealed unsafe class FusedPromptAttention(LlamaConfiguration configuration, ThreadTeam team) : PromptAttention
{
    private const int Piece = 256;
    private readonly int _size = configuration.HeadSize, _kvHeads = configuration.KeyValueHeadCount, _group = configuration.HeadCount / configuration.KeyValueHeadCount;
    private Tensor? _queries, _keys, _values; // flat bf16
    private Tensor? _mask; // [piece, keys]: row r is minus infinity behind column (keys - piece + r)
    private ushort* _queryData, _keyData, _valueData;
    private int _position, _tokens, _before;

    private int Length => _position + _tokens;

    /// <inheritdoc/>
    internal override void Shape(int position, int tokens)
    {
        (_position, _tokens) = (position, tokens);
        _before = position <= tokens ? position : 0;
        Grow(ref _queries, ref _queryData, (long)configuration.HeadCount * (_before + tokens) * _size);
        Grow(ref _keys, ref _keyData, (long)_kvHeads * Length * _size);
        Grow(ref _values, ref _valueData, (long)_kvHeads * Length * _size);
        for (int head = 0; _before > 0 && head < configuration.HeadCount; head++)
        {
            new Span<ushort>(Query(head, -_before), _before * _size).Clear();
        }

        if (_before < position && (_mask is null || _mask.shape[1] < Length + Piece))
        {
            _mask?.Dispose();
            using Tensor infinite = full(Piece, Length + Piece, float.NegativeInfinity, dtype: bfloat16);
            _mask = infinite.triu(Length + 1).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    internal override void PutQuery(int head, int token, float* query) => BrainKernels.Narrow(query, Query(head, token), _size);

    /// <inheritdoc/>
    internal override void PutKey(int head, int position, float* key) => BrainKernels.Narrow(key, _keyData + ((((long)head * Length) + position) * _size), _size);

    /// <inheritdoc/>
    internal override void PutValue(int head, int position, float* value) => BrainKernels.Narrow(value, _valueData + ((((long)head * Length) + position) * _size), _size);

    /// <inheritdoc/>
    internal override void Run(Tensor outputs)
    {
        TorchRuntime.Start(team.Size);
        team.Rest(); // libtorch's threads want the cores
        int rows = _before + _tokens;
        Tensor queries = _queries!.narrow(0, 0, (long)configuration.HeadCount * rows * _size).view(_kvHeads, _group, rows, _size);
        Tensor keys = OfGroup(_keys!), values = OfGroup(_values!), to = outputs.view(_tokens, _kvHeads, _group, _size);
        if (_before == _position)
        {
            Tensor mixed = nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true);
            to.copy_(mixed.narrow(2, _before, _tokens).permute(2, 0, 1, 3));
            return;
        }

        for (int first = 0; first < _tokens; first += Piece)
        {
            int count = Math.Min(Piece, _tokens - first), end = _position + first + count;

            // Row r sees the keys up to (end - count + r): the mask, moved so far to the left.
            Tensor mask = _mask!.narrow(0, 0, count).narrow(1, _mask.shape[1] - Piece - (end - count), end);
            Tensor mixed = nn.functional.scaled_dot_product_attention(queries.narrow(2, first, count), keys.narrow(2, 0, end), values.narrow(2, 0, end), mask);
            to.narrow(0, first, count).copy_(mixed.permute(2, 0, 1, 3));
        }
    }

    /// <summary>Bytes that it takes.</summary>
    internal static long Bytes(LlamaConfiguration c, int tokens, int length) =>
        sizeof(ushort) * (((long)c.HeadCount * 2 * tokens * c.HeadSize) + (2L * c.KeyValueHeadCount * length * c.HeadSize) + ((long)Piece * length));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _queries?.Dispose();
        _keys?.Dispose();
        _values?.Dispose();
        _mask?.Dispose();
    }

    private ushort* Query(int head, int token) => _queryData + ((((long)head * (_before + _tokens)) + _before + token) * _size);

    // [kv heads, group, length, size], the heads of a group the same memory.
    private Tensor OfGroup(Tensor flat) => flat.narrow(0, 0, (long)_kvHeads * Length * _size).view(_kvHeads, 1, Length, _size).expand(_kvHeads, _group, Length, _size);

    private static void Grow(ref Tensor? tensor, ref ushort* start, long elements)
    {
        if (tensor is null || tensor.numel() < elements)
        {
            tensor?.Dispose();
            tensor = MatrixUnits.Room(elements);
            start = TensorMemory.Start<ushort>(tensor);
        }
    }
}
