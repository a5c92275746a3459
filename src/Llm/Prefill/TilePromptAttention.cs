using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Attention on the matrix units that libtorch lends: a unit of work is one head and 64 queries, whose scores with all keys before them are computed, made weights, and
/// multiplied with the values, 128 keys at a time. Keys lie [block of 128 keys, size / 2, 128, 2] and values [block, 64, size, 2], as the units read them.
/// </summary>
sealed unsafe class TilePromptAttention(LlamaConfiguration configuration, ThreadTeam team) : PromptAttention
{
    private const int Rows = 64, Keys = BrainSoftmax.Block;
    private readonly AttendJob _attend = new(configuration);
    private NativeBuffer? _queries, _keys, _values, _work;
    private int _position, _tokens;

    private int Size => configuration.HeadSize;

    private int Blocks => BlocksOf(_position + _tokens, Keys);

    /// <summary>Whether the shape allows it.</summary>
    internal static bool Supports(LlamaConfiguration c) => c.HeadSize % 32 == 0;

    /// <summary>Bytes that it takes.</summary>
    internal static long Bytes(LlamaConfiguration c, int threads, int tokens, int length) =>
        (sizeof(ushort) * c.HeadSize * (((long)c.HeadCount * BlocksOf(tokens, Rows) * Rows) + (2L * c.KeyValueHeadCount * BlocksOf(length, Keys) * Keys))) + (threads * WorkBytes(c, BlocksOf(length, Keys)));

    /// <inheritdoc/>
    internal override void Shape(int position, int tokens)
    {
        (_position, _tokens) = (position, tokens);
        Grow(ref _queries, sizeof(ushort) * (long)configuration.HeadCount * BlocksOf(tokens, Rows) * Rows * Size);
        Grow(ref _keys, sizeof(ushort) * (long)configuration.KeyValueHeadCount * Blocks * Keys * Size);
        Grow(ref _values, _keys!.Length);
        Grow(ref _work, team.Size * WorkBytes(configuration, Blocks));

        // Weights beyond the last key are zero; the values there must be numbers.
        for (int head = 0; head < configuration.KeyValueHeadCount; head++)
        {
            new Span<ushort>(Value(head, Blocks - 1), Keys * Size).Clear();
        }
    }

    /// <inheritdoc/>
    internal override void PutQuery(int head, int token, float* query) => BrainKernels.Narrow(query, Query(head, token), Size);

    /// <inheritdoc/>
    internal override void PutKey(int head, int position, float* key)
    {
        uint* to = (uint*)Key(head, position / Keys) + (position % Keys);
        ushort* narrow = stackalloc ushort[Size];
        BrainKernels.Narrow(key, narrow, Size);
        for (int pair = 0; pair < Size / 2; pair++, to += Keys)
        {
            *to = ((uint*)narrow)[pair];
        }
    }

    /// <inheritdoc/>
    internal override void PutValue(int head, int position, float* value)
    {
        int key = position % Keys;
        ushort* to = Value(head, position / Keys) + (key / 2 * Size * 2) + (key % 2), narrow = stackalloc ushort[Size];
        BrainKernels.Narrow(value, narrow, Size);
        for (int i = 0; i < Size; i++)
        {
            to[2 * i] = narrow[i];
        }
    }

    /// <inheritdoc/>
    internal override void Run(Tensor outputs)
    {
        _attend.Prepare(this, TensorMemory.Start<ushort>(outputs));
        team.Run(_attend, configuration.HeadCount * BlocksOf(_tokens, Rows));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _queries?.Dispose();
        _keys?.Dispose();
        _values?.Dispose();
        _work?.Dispose();
    }

    private ushort* Query(int head, int token) => (ushort*)_queries!.Pointer + ((((long)head * BlocksOf(_tokens, Rows) * Rows) + token) * Size);

    private ushort* Key(int head, int block) => (ushort*)_keys!.Pointer + ((((long)head * Blocks) + block) * Keys * Size);

    private ushort* Value(int head, int block) => (ushort*)_values!.Pointer + ((((long)head * Blocks) + block) * Keys * Size);

    private static int BlocksOf(int count, int size) => (count + size - 1) / size;

    // Scores fp32 and weights bf16 [block, rows, keys], then what is mixed of them fp32 [rows, size].
    private static long WorkBytes(LlamaConfiguration c, int blocks) => Rows * (((sizeof(float) + sizeof(ushort)) * (long)blocks * Keys) + (sizeof(float) * c.HeadSize));

    private static void Grow(ref NativeBuffer? buffer, long bytes)
    {
        if (buffer is null || buffer.Length < bytes)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(bytes); // cleared: padding of queries is read
        }
    }

    /// <summary>64 queries of a head against all keys before them.</summary>
    private sealed class AttendJob(LlamaConfiguration c) : TeamJob
    {
        private TilePromptAttention? _of;
        private ushort* _outputs;

        internal void Prepare(TilePromptAttention of, ushort* outputs)
        {
            _of = of;
            _outputs = outputs;
        }

        internal override void Execute(int chunk, int worker)
        {
            // Later queries see more keys: they go first.
            TilePromptAttention of = _of!;
            int head = chunk % c.HeadCount, kvHead = head / (c.HeadCount / c.KeyValueHeadCount), size = c.HeadSize;
            int first = (BlocksOf(of._tokens, Rows) - 1 - (chunk / c.HeadCount)) * Rows, rows = Math.Min(Rows, of._tokens - first);
            int blocks = BlocksOf(of._position + first + rows, Keys);
            byte* work = of._work!.Pointer + (worker * WorkBytes(c, of.Blocks));
            float* scores = (float*)work, mixed = scores + ((long)of.Blocks * Rows * Keys);
            ushort* weights = (ushort*)(mixed + (Rows * size));
            for (int block = 0; block < blocks; block++)
            {
                TileProduct.Run(Rows, Keys, size, of.Query(head, first), size, of.Key(kvHead, block), scores + (block * Rows * Keys), Keys, add: false);
            }

            float* inverse = stackalloc float[Rows];
            for (int row = 0; row < rows; row++)
            {
                int visible = of._position + first + row + 1, seen = BlocksOf(visible, Keys);
                inverse[row] = 1 / BrainSoftmax.Run(scores + (row * Keys), visible, Rows * Keys, 1 / MathF.Sqrt(size), weights + (row * Keys), fast: true);
                for (; seen < blocks; seen++)
                {
                    new Span<ushort>(weights + (((seen * Rows) + row) * Keys), Keys).Clear();
                }
            }

            for (int block = 0; block < blocks; block++)
            {
                TileProduct.Run(Rows, size, Keys, weights + (block * Rows * Keys), Keys, of.Value(kvHead, block), mixed, size, add: block > 0);
            }

            for (int row = 0; row < rows; row++)
            {
                ushort* to = _outputs + ((((long)(first + row) * c.HeadCount) + head) * size);
                BrainKernels.Narrow(mixed + (row * size), inverse[row], to, size);
            }

            TileProduct.Release();
        }
    }
}
