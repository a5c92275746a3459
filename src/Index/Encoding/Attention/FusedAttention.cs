using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Attention;

/// <summary>
/// Self-attention of bf16 activations in one pass from the joined query, key and value matrix to the context: scores, softmax and the weighted sum of a head
/// stay in fp32 in the cache. libtorch takes two products, a softmax that reads and writes every score (half of an encoder layer at 180 tokens) and three
/// copies that move heads. Needs AVX-512 and activations in CPU memory; without them libtorch does it. Not thread-safe.
/// </summary>
sealed unsafe class FusedAttention : IDisposable
{
    // A query takes 30 microseconds on one thread; waking another costs as much.
    private const int ManyTokens = 256;

    private readonly int _heads;
    private readonly int _headSize;
    private readonly WorkCrew _crew;
    private readonly AlignedBuffer<float>[] _scratch;
    private readonly Action<int, int> _work;
    private ushort* _joined; // [rows, tokens, 3 * hidden]
    private ushort* _context; // [rows, tokens, hidden]
    private int _tokens;
    private int[]? _lengths;

    internal FusedAttention(int heads, int headSize, int threads)
    {
        _heads = heads;
        _headSize = headSize;
        _crew = new WorkCrew(threads);
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new AlignedBuffer<float>())];
        _work = Head;
    }

    /// <summary>Whether this processor and these activations allow it.</summary>
    internal static bool Supports(int headSize, ScalarType type, Device device) =>
        ActiveInstructionSet.Value == InstructionSet.Avx512 && type == bfloat16 && device.type == TorchSharp.DeviceType.CPU && headSize % HeadAttentionAvx512.Columns == 0;

    /// <summary>
    /// Context [rows, tokens, hidden] of <paramref name="joined"/> [rows, tokens, 3 * hidden], query weights already scaled; row i looks at its first
    /// <paramref name="lengths"/>[i] tokens, at all of them when null.
    /// </summary>
    internal Tensor Run(Tensor joined, int[]? lengths)
    {
        int rows = (int)joined.shape[0];
        _tokens = (int)joined.shape[1];
        _lengths = lengths;
        Tensor context = empty(rows, _tokens, _heads * _headSize, dtype: bfloat16);
        fixed (byte* source = joined.bytes, destination = context.bytes)
        {
            _joined = (ushort*)source;
            _context = (ushort*)destination;
            Run(rows * _heads, rows * _tokens);
        }

        return context;
    }

    private void Run(int items, int tokens)
    {
        if (tokens >= ManyTokens)
        {
            _crew.Run(items, _work);
            return;
        }

        for (int item = 0; item < items; item++)
        {
            Head(0, item);
        }
    }

    public void Dispose()
    {
        foreach (AlignedBuffer<float> buffer in _scratch)
        {
            buffer.Dispose();
        }
    }

    private void Head(int worker, int item)
    {
        int row = item / _heads, head = item % _heads, hidden = _heads * _headSize;
        HeadAttentionAvx512.Compute(
            _joined + ((long)row * _tokens * 3 * hidden) + (head * _headSize),
            hidden,
            _headSize,
            _tokens,
            _lengths?[row] ?? _tokens,
            _context + ((long)row * _tokens * hidden) + (head * _headSize),
            _scratch[worker].Ensure(HeadAttentionAvx512.ScratchLength(_tokens, _headSize)));
    }
}
