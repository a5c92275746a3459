using System.Numerics.Tensors;

namespace Jmlr.Training.Projection;

/// <summary>
/// Eigenvalues and eigenvectors of a real symmetric matrix in fp64: Householder reduction to tridiagonal form, then QL steps with implicit shifts
/// (Golub and Van Loan, Matrix Computations, 8.3). One thread, no library: the same bits for the same matrix on every machine of one architecture.
/// </summary>
static class SymmetricEigen
{
    // A value needs two QL steps on average; this many means that the input was not finite.
    private const int MaximumSteps = 60;

    /// <summary>Eigenvalues in descending order, and the eigenvectors as rows [size, size] in the same order, largest component positive.</summary>
    internal static (double[] Values, double[] Vectors) Decompose(ReadOnlySpan<double> matrix, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(matrix.Length, size * size);
        // A NaN would look converged at once.
        if (!double.IsFinite(TensorPrimitives.SumOfSquares(matrix)))
        {
            Throw.NotFinite();
        }

        // Vectors are kept as rows, so that both of a rotation lie in contiguous memory.
        double[] vectors = matrix.ToArray(), diagonal = new double[size], off = new double[size];
        Tridiagonal.Reduce(vectors, size, diagonal, off);
        Solve(vectors, size, diagonal, off);
        return Sort(vectors, size, diagonal);
    }

    private static void Solve(Span<double> rows, int size, Span<double> diagonal, Span<double> off)
    {
        for (int low = 0; low < size; low++)
        {
            for (int step = 0; ; step++)
            {
                int high = low;
                while (high < size - 1 && Math.Abs(off[high]) > double.Epsilon && Math.Abs(off[high]) > 1.2e-16 * (Math.Abs(diagonal[high]) + Math.Abs(diagonal[high + 1])))
                {
                    high++;
                }

                if (high == low)
                {
                    break;
                }

                if (step == MaximumSteps)
                {
                    Throw.NoConvergence(size);
                }

                ImplicitStep(rows, size, diagonal, off, low, high);
            }
        }
    }

    /// <summary>One QL sweep over the unreduced block low..high, chasing the bulge upwards; the rotations go into the rows of the vectors.</summary>
    private static void ImplicitStep(Span<double> rows, int size, Span<double> diagonal, Span<double> off, int low, int high)
    {
        // Wilkinson's shift: the eigenvalue of the leading 2 x 2 block nearer to its first entry.
        double half = (diagonal[low + 1] - diagonal[low]) / (2 * off[low]);
        double shifted = diagonal[high] - diagonal[low] + (off[low] / (half + Math.CopySign(Math.Sqrt((half * half) + 1), half)));
        double sine = 1, cosine = 1, carried = 0;
        for (int i = high - 1; i >= low; i--)
        {
            double bulge = sine * off[i], next = cosine * off[i];
            double length = Math.Sqrt((bulge * bulge) + (shifted * shifted));
            off[i + 1] = length;
            if (length == 0)
            {
                // The block fell apart in the middle: go on with its parts.
                diagonal[i + 1] -= carried;
                off[high] = 0;
                return;
            }

            sine = bulge / length;
            cosine = shifted / length;
            double moved = diagonal[i + 1] - carried;
            double mixed = ((diagonal[i] - moved) * sine) + (2 * cosine * next);
            carried = sine * mixed;
            diagonal[i + 1] = moved + carried;
            shifted = (cosine * mixed) - next;
            Rotate(rows.Slice(i * size, size), rows.Slice((i + 1) * size, size), cosine, sine);
        }

        diagonal[low] -= carried;
        off[low] = shifted;
        off[high] = 0;
    }

    private static void Rotate(Span<double> lower, Span<double> upper, double cosine, double sine)
    {
        for (int k = 0; k < lower.Length; k++)
        {
            double above = upper[k];
            upper[k] = (sine * lower[k]) + (cosine * above);
            lower[k] = (cosine * lower[k]) - (sine * above);
        }
    }

    private static (double[] Values, double[] Vectors) Sort(double[] rows, int size, double[] diagonal)
    {
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => diagonal[i])];
        double[] vectors = new double[rows.Length];
        for (int i = 0; i < size; i++)
        {
            ReadOnlySpan<double> row = rows.AsSpan(order[i] * size, size);
            double largest = 0;
            foreach (double value in row)
            {
                largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
            }

            // The sign of an eigenvector is arbitrary; this makes it a matter of the matrix alone.
            Span<double> target = vectors.AsSpan(i * size, size);
            for (int k = 0; k < size; k++)
            {
                target[k] = largest < 0 ? -row[k] : row[k];
            }
        }

        return ([.. order.Select(i => diagonal[i])], vectors);
    }
}
