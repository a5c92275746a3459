using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Makes the inputs of a matrix product: per token an optional sum with what the last product gave, an optional norm or gate, then quantisation (or
/// interleaving in fp32) into the activations.
/// </summary>
sealed unsafe class InputJob(ThreadTeam team, FloatKernels floats, Activations activations, bool quantise, bool keepSingle, int widest) : TeamJob, IDisposable
{
    private readonly Memory.NativeBuffer _scratch = new((long)team.Size * widest * sizeof(float));
    private float* _x, _added, _weight, _gate;
    private float _epsilon;
    private int _columns, _stride, _addedStride, _gateStride, _tokens;

    /// <summary>Input = norm(x), after x += added when there is something to add.</summary>
    internal void Norm(float* x, int columns, float* added, int addedStride, float* weight, float epsilon, int tokens)
    {
        (_columns, _stride, _addedStride, _epsilon, _tokens) = (columns, columns, addedStride, epsilon, tokens);
        _x = x;
        _added = added;
        _weight = weight;
        _gate = null;
        Run();
    }

    /// <summary>Input = silu(gate) x up.</summary>
    internal void Gate(float* gate, float* up, int columns, int stride, int tokens)
    {
        (_columns, _stride, _gateStride, _tokens) = (columns, stride, stride, tokens);
        _x = up;
        _added = null;
        _weight = null;
        _gate = gate;
        Run();
    }

    /// <summary>Input = x.</summary>
    internal void Plain(float* x, int columns, int stride, int tokens)
    {
        (_columns, _stride, _tokens) = (columns, stride, tokens);
        _x = x;
        _added = null;
        _weight = null;
        _gate = null;
        Run();
    }

    internal override void Execute(int chunk, int worker)
    {
        int end = Math.Min((chunk + 1) * Activations.FullLanes, _tokens);
        float* scratch = (float*)_scratch.Pointer + ((long)worker * widest);
        for (int token = chunk * Activations.FullLanes; token < end; token++)
        {
            float* x = _x + ((long)token * _stride);
            if (_added is not null)
            {
                floats.Add(x, _added + ((long)token * _addedStride), _columns);
            }

            float* input = x;
            if (_weight is not null)
            {
                floats.RmsNorm(x, _weight, _epsilon, input = scratch, _columns);
            }
            else if (_gate is not null)
            {
                floats.SiluMultiply(_gate + ((long)token * _gateStride), x, input = scratch, _columns);
            }

            Store(token, input);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private void Run()
    {
        activations.Shape(_tokens, _columns);
        team.Run(this, (_tokens + Activations.FullLanes - 1) / Activations.FullLanes);
    }

    private void Store(int token, float* input)
    {
        int lanes = activations.Lanes, group = token / lanes, lane = token % lanes;
        bool whole = _columns % TileFormats.Block == 0;
        if (quantise && whole)
        {
            long block = (long)group * (_columns / TileFormats.Block) * lanes;
            floats.Quantise(input, _columns, activations.Quants + (group * activations.GroupStride) + (lane * 4), activations.Scales + block + lane, activations.Sums + block + lane, lanes);
        }

        if (keepSingle || !whole)
        {
            float* to = activations.Values + (group * activations.GroupStride) + lane;
            for (int c = 0; c < _columns; c++)
            {
                to[(long)c * lanes] = input[c];
            }
        }
    }
}
