using Jmlr.Index.Kernels;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>Weight and bias of a layer norm, widened to fp32.</summary>
sealed unsafe class PackedNorm : IDisposable
{
    private readonly AlignedBuffer<float> _weight = new(), _bias = new();

    /// <summary>Of <paramref name="weight"/> and <paramref name="bias"/> [width] bf16.</summary>
    internal PackedNorm(Tensor weight, Tensor bias)
    {
        int width = (int)weight.shape[0];
        PairedSteps.Widen(TensorMemory.Start<ushort>(weight), width, _weight.Ensure(width));
        PairedSteps.Widen(TensorMemory.Start<ushort>(bias), width, _bias.Ensure(width));
    }

    internal float* Weight => _weight.Pointer;

    internal float* Bias => _bias.Pointer;

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
