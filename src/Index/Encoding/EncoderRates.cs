using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>Matrix rates of libtorch on this machine: the limit of the encoder.</summary>
public static class EncoderRates
{
    /// <summary>FLOP/s of fp32 and of bf16 products of the encoder's shape (2048 x 384 x 1536).</summary>
    public static (double Fp32, double Bf16) MatrixRates(int threads)
    {
        TorchRuntime.Start(threads);
        return (PrecisionChoice.Rate(float32), PrecisionChoice.Rate(bfloat16));
    }
}
