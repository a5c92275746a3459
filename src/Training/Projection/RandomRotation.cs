using Jmlr.Models.Randomness;

namespace Jmlr.Training.Projection;

/// <summary>
/// A fixed random orthogonal matrix. After principal directions the first dimensions carry most of the energy, which residual codes of equal width
/// quantise badly; a rotation spreads it and changes no cosine.
/// </summary>
static class RandomRotation
{
    /// <summary>Orthogonal [size, size], row-major: Gram-Schmidt of Gaussian rows, the same for the same seed everywhere.</summary>
    internal static double[] Make(int size, ulong seed)
    {
        var random = new SplitMix64(seed);
        double[] matrix = new double[size * size];
        for (int row = 0; row < size; row++)
        {
            Span<double> current = matrix.AsSpan(row * size, size);
            for (int i = 0; i < size; i++)
            {
                current[i] = random.NextGaussian();
            }

            // Twice: the second pass removes what rounding left of the first.
            for (int pass = 0; pass < 2; pass++)
            {
                for (int earlier = 0; earlier < row; earlier++)
                {
                    ReadOnlySpan<double> other = matrix.AsSpan(earlier * size, size);
                    double dot = Dot(current, other);
                    for (int i = 0; i < size; i++)
                    {
                        current[i] -= dot * other[i];
                    }
                }
            }

            double norm = Math.Sqrt(Dot(current, current));
            for (int i = 0; i < size; i++)
            {
                current[i] /= norm;
            }
        }

        return matrix;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
