using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Llm.Kernels;

/// <summary>Softmax of a row of fp32 scores that lie in blocks, into bf16 weights, for attention on matrix units.</summary>
static unsafe class BrainSoftmax
{
    /// <summary>Keys of a block.</summary>
    internal const int Block = 128;

    /// <summary>
    /// weights = exp((score - largest) x scale) of the first <paramref name="visible"/> scores, 0 for the rest of the last block; blocks lie <paramref name="stride"/>
    /// elements apart, weights as their scores. Returns the sum in fp32.
    /// </summary>
    internal static float Run(float* scores, int visible, int stride, float scale, ushort* weights, bool fast) =>
        fast ? Vectors(scores, visible, stride, scale, weights) : Scalar(scores, visible, stride, scale, weights);

    private static float Scalar(float* scores, int visible, int stride, float scale, ushort* weights)
    {
        float largest = float.NegativeInfinity, sum = 0;
        for (int i = 0; i < visible; i++)
        {
            largest = MathF.Max(largest, scores[At(i, stride)]);
        }

        for (int i = 0; i < Padded(visible); i++)
        {
            float weight = i < visible ? MathF.Exp((scores[At(i, stride)] - largest) * scale) : 0;
            BrainKernels.Narrow(&weight, weights + At(i, stride), 1);
            sum += weight;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Vectors(float* scores, int visible, int stride, float scale, ushort* weights)
    {
        for (int i = visible; i < Padded(visible); i++)
        {
            scores[At(i, stride)] = float.NegativeInfinity;
        }

        Vector512<float> a = Vector512.Create(float.NegativeInfinity), b = a;
        float* end = scores + (Padded(visible) / Block * stride);
        for (float* block = scores; block < end; block += stride)
        {
            for (int i = 0; i < Block; i += 32)
            {
                a = Vector512.MaxNative(a, Vector512.Load(block + i));
                b = Vector512.MaxNative(b, Vector512.Load(block + i + 16));
            }
        }

        float largest = Largest(Vector512.MaxNative(a, b));
        Vector512<float> factor = Vector512.Create(scale), shift = Vector512.Create(-largest * scale), sum = default, other = default;
        for (float* block = scores; block < end; block += stride, weights += stride)
        {
            for (int i = 0; i < Block; i += 32)
            {
                a = Avx512FloatKernels.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(block + i), factor, shift));
                b = Avx512FloatKernels.Exp(Vector512.FusedMultiplyAdd(Vector512.Load(block + i + 16), factor, shift));
                sum += a;
                other += b;
                BrainKernels.Store(a, weights + i);
                BrainKernels.Store(b, weights + i + 16);
            }
        }

        return Vector512.Sum(sum + other);
    }

    private static float Largest(Vector512<float> value)
    {
        Vector256<float> half = Vector256.MaxNative(value.GetLower(), value.GetUpper());
        Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        quarter = Vector128.MaxNative(quarter, Sse.MoveHighToLow(quarter, quarter));
        return MathF.Max(quarter[0], quarter[1]);
    }

    private static int Padded(int visible) => (visible + Block - 1) / Block * Block;

    private static int At(int key, int stride) => (key / Block * stride) + (key % Block);
}
