using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Prefill;

/// <summary>Makes the bf16 inputs of the products of a long prompt from the fp32 residual stream and the bf16 results of the products before.</summary>
sealed unsafe class PromptInputs(ThreadTeam team, FloatKernels floats, int widest) : TeamJob, IDisposable
{
    private const int TokensPerChunk = 8;
    private readonly NativeBuffer _rows = new(2L * team.Size * widest * sizeof(float));
    private float* _x, _weight;
    private ushort* _from, _to;
    private float _epsilon;
    private int _columns, _fromStride, _up, _tokens;

    /// <summary>x [tokens, columns] += added, where there is something to add; to [tokens, columns] = norm(x), where there is a weight.</summary>
    internal void Norm(float* x, int columns, ushort* added, int addedStride, float* weight, float epsilon, int tokens, ushort* to)
    {
        (_columns, _fromStride, _up, _epsilon, _tokens) = (columns, addedStride, 0, epsilon, tokens);
        _x = x;
        _from = added;
        _weight = weight;
        _to = to;
        Run();
    }

    /// <summary>to [tokens, columns] = silu(gate) x up; a row of <paramref name="from"/> holds the gate and from <paramref name="up"/> on the other.</summary>
    internal void Gate(ushort* from, int stride, int up, int columns, int tokens, ushort* to)
    {
        (_columns, _fromStride, _up, _tokens) = (columns, stride, up, tokens);
        _x = null;
        _from = from;
        _to = to;
        Run();
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    internal override void Execute(int chunk, int worker)
    {
        float* first = (float*)_rows.Pointer + (2L * worker * widest), second = first + widest;
        int end = Math.Min((chunk + 1) * TokensPerChunk, _tokens);
        for (int token = chunk * TokensPerChunk; token < end; token++)
        {
            ushort* from = _from + ((long)token * _fromStride), to = _to + ((long)token * _columns);
            if (_x is null)
            {
                BrainKernels.Widen(from, first, _columns);
                BrainKernels.Widen(from + _up, second, _columns);
                floats.SiluMultiply(first, second, first, _columns);
                BrainKernels.Narrow(first, to, _columns);
                continue;
            }

            float* x = _x + ((long)token * _columns);
            if (_from is not null)
            {
                BrainKernels.Widen(from, first, _columns);
                floats.Add(x, first, _columns);
            }

            if (_weight is not null)
            {
                floats.RmsNorm(x, _weight, _epsilon, first, _columns);
                BrainKernels.Narrow(first, to, _columns);
            }
        }
    }

    private void Run() => team.Run(this, (_tokens + TokensPerChunk - 1) / TokensPerChunk);
}
