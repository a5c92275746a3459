namespace Jmlr.Llm.Execution;

/// <summary>
/// Orthonormal Walsh-Hadamard transform of a head. Put on queries and keys alike it changes no product, and it spreads the few large elements of a key over all of
/// them, which 4 bits need (QuaRot, Ashkboos et al. 2024).
/// </summary>
static unsafe class HadamardRotation
{
    /// <summary>Whether heads of <paramref name="size"/> elements, padded to <paramref name="padded"/>, can be turned.</summary>
    internal static bool Fits(int size, int padded) => size == padded && int.IsPow2(size);

    /// <summary>Turns <paramref name="x"/> of <paramref name="n"/> elements, a power of two, in place.</summary>
    internal static void Apply(float* x, int n)
    {
        for (int step = 1; step < n; step *= 2)
        {
            for (int first = 0; first < n; first += 2 * step)
            {
                for (int i = first; i < first + step; i++)
                {
                    (x[i], x[i + step]) = (x[i] + x[i + step], x[i] - x[i + step]);
                }
            }
        }

        float scale = 1 / MathF.Sqrt(n);
        for (int i = 0; i < n; i++)
        {
            x[i] *= scale;
        }
    }
}
