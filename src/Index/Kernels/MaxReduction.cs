using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>
/// The step from integer sums to similarities: best[row] = max(best[row], (sum * scale[row] + table[code][row]) * inverse norm). Element by
/// element the same operations at every width, so the width does not change a bit.
/// </summary>
static unsafe class MaxReduction
{
    /// <summary>The byte of a cosine of 0 in a table of bytes.</summary>
    internal const int ZeroByte = 128;

    /// <summary>Reduces <paramref name="count"/> tokens; the inverse norm of a token is <c>low + step * norms[t]</c>. Maxima of rows from <paramref name="rows"/> on mean nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Reduce(int* sums, ushort* codes, byte* norms, int count, int rows, float* table, float* scale, float low, float step, float* best)
    {
        if (Vector512.IsHardwareAccelerated && rows > IntegerDots.HalfRows)
        {
            Reduce512(sums, codes, norms, count, table, scale, low, step, best);
            return;
        }

        if (Vector512.IsHardwareAccelerated)
        {
            HalfReduce512(sums, codes, norms, count, table, scale, low, step, best);
            return;
        }

        for (int lane = 0; lane < rows; lane += 8)
        {
            Vector256<float> most = Vector256.Load(best + lane), factor = Vector256.Load(scale + lane);
            for (int t = 0; t < count; t++)
            {
                Vector256<float> centroid = Vector256.Load(table + ((long)codes[t] * IntegerDots.Rows) + lane);
                Vector256<float> value = ((Vector256.ConvertToSingle(Vector256.Load(sums + (t * IntegerDots.Rows) + lane)) * factor) + centroid) * (low + (step * norms[t]));
                most = Vector256.MaxNative(most, value);
            }

            most.Store(best + lane);
        }
    }

    // Both halves at once: one after the other, by the method below, a scan takes 4 % longer.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Reduce512(int* sums, ushort* codes, byte* norms, int count, float* table, float* scale, float low, float step, float* best)
    {
        Vector512<float> most0 = Vector512.Load(best), most1 = Vector512.Load(best + 16);
        Vector512<float> factor0 = Vector512.Load(scale), factor1 = Vector512.Load(scale + 16);
        for (int t = 0; t < count; t++, sums += IntegerDots.Rows)
        {
            float* centroid = table + ((long)codes[t] * IntegerDots.Rows);
            Vector512<float> inverse = Vector512.Create(low + (step * norms[t]));
            most0 = Vector512.MaxNative(most0, ((Vector512.ConvertToSingle(Vector512.Load(sums)) * factor0) + Vector512.Load(centroid)) * inverse);
            most1 = Vector512.MaxNative(most1, ((Vector512.ConvertToSingle(Vector512.Load(sums + 16)) * factor1) + Vector512.Load(centroid + 16)) * inverse);
        }

        most0.Store(best);
        most1.Store(best + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalfReduce512(int* sums, ushort* codes, byte* norms, int count, float* table, float* scale, float low, float step, float* best)
    {
        Vector512<float> most = Vector512.Load(best), factor = Vector512.Load(scale);
        for (int t = 0; t < count; t++, sums += IntegerDots.Rows)
        {
            Vector512<float> centroid = Vector512.Load(table + ((long)codes[t] * IntegerDots.Rows)), inverse = Vector512.Create(low + (step * norms[t]));
            most = Vector512.MaxNative(most, ((Vector512.ConvertToSingle(Vector512.Load(sums)) * factor) + centroid) * inverse);
        }

        most.Store(best);
    }

    /// <summary>
    /// The same with the scores of the tokens' centroids as bytes [count, 32]: a byte stands for a cosine of <paramref name="cosine"/> times what it is above <see cref="ZeroByte"/>.
    /// After its 32 scales <paramref name="scale"/> has what the 7-bit grid adds to each row [32].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Reduce(int* sums, byte* scores, byte* norms, int count, int rows, float cosine, float* scale, float low, float step, float* best)
    {
        for (int lane = 0; lane < rows; lane += IntegerDots.HalfRows)
        {
            Vector512<float> most = Vector512.Load(best + lane), factor = Vector512.Load(scale + lane);
            Vector512<float> offset = Vector512.Load(scale + IntegerDots.Rows + lane) - Vector512.Create(ZeroByte * cosine), cosines = Vector512.Create(cosine);
            for (int t = 0; t < count; t++)
            {
                Vector512<int> bytes = Widen(scores + (t * IntegerDots.Rows) + lane);
                Vector512<float> value = (Vector512.ConvertToSingle(Vector512.Load(sums + (t * IntegerDots.Rows) + lane)) * factor) + ((Vector512.ConvertToSingle(bytes) * cosines) + offset);
                most = Vector512.MaxNative(most, value * (low + (step * norms[t])));
            }

            most.Store(best + lane);
        }
    }

    /// <summary>best[row] = max(best[row], scores[t][row]) over <paramref name="count"/> rows of exact scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Reduce(float* scores, int count, int rows, float* best)
    {
        for (int lane = 0; lane < rows; lane += 8)
        {
            Vector256<float> most = Vector256.Load(best + lane);
            for (int t = 0; t < count; t++)
            {
                most = Vector256.MaxNative(most, Vector256.Load(scores + (t * IntegerDots.Rows) + lane));
            }

            most.Store(best + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(byte* sixteen)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512Int32(Vector128.Load(sixteen));
        }

        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(sixteen));
        return Vector512.Create(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high))).AsInt32();
    }
}
