using Jmlr.Index.Kernels;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>
/// Weights of a linear layer as the matrix units read them, with its bias. Panels of up to 128 outputs, each [inputs / 2][outputs][2]: the pair of a row is what
/// <see cref="PairedSteps"/> stores as one word, inputs i and i + 16 of 32.
/// </summary>
sealed unsafe class PackedLinear : IDisposable
{
    /// <summary>Outputs of a panel: 96 KB for 384 inputs, and 32 KB for the results of 64 tokens.</summary>
    internal const int PanelOutputs = 128;

    private const int Block = PairedSteps.Block;
    private readonly AlignedBuffer<ushort> _weights = new();
    private readonly AlignedBuffer<float> _bias = new();

    /// <summary>Of <paramref name="weight"/> [outputs, inputs] bf16, inputs a multiple of 32; outputs are filled up to a multiple of 32 with zeros.</summary>
    internal PackedLinear(Tensor weight, Tensor? bias)
    {
        (int outputs, Inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        Outputs = (outputs + Block - 1) / Block * Block;
        ushort* source = TensorMemory.Start<ushort>(weight), packed = _weights.Ensure((long)Outputs * Inputs);
        for (int panel = 0; panel < Outputs; panel += PanelOutputs)
        {
            int width = Width(panel);
            for (int output = 0; output < width; output++)
            {
                ushort* row = source + ((long)(panel + output) * Inputs);
                for (int input = 0; input < Inputs; input++)
                {
                    int within = input % Block, half = within / (Block / 2), pair = (input / Block * (Block / 2)) + (within % (Block / 2));
                    packed[((long)panel * Inputs) + ((((long)pair * width) + output) * 2) + half] = panel + output < outputs ? row[input] : (ushort)0;
                }
            }
        }

        new Span<float>(_bias.Ensure(Outputs), Outputs).Clear();
        if (bias is not null)
        {
            PairedSteps.Widen(TensorMemory.Start<ushort>(bias), outputs, _bias.Pointer);
        }
    }

    internal int Inputs { get; }

    /// <summary>A multiple of 32.</summary>
    internal int Outputs { get; }

    /// <summary>[outputs].</summary>
    internal float* Bias => _bias.Pointer;

    /// <summary>Outputs of the panel that begins with output <paramref name="first"/>.</summary>
    internal int Width(int first) => Math.Min(PanelOutputs, Outputs - first);

    /// <summary>
    /// results [rows, width of the panel], <paramref name="stride"/> apart, = inputs from <paramref name="from"/> on, <paramref name="count"/> of them, times the panel that begins
    /// with output <paramref name="first"/>; no bias.
    /// </summary>
    internal void Multiply(int first, int from, int count, ushort* inputs, int inputStride, int rows, float* results, int stride, bool add)
    {
        int width = Width(first);
        TileProduct.Run(rows, width, count, inputs, inputStride, _weights.Pointer + ((long)first * Inputs) + ((long)from * width), results, stride, add);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _bias.Dispose();
    }
}
