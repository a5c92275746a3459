namespace Jmlr.Training.Projection;

/// <summary>Householder reduction of a symmetric matrix A to tridiagonal T = Q A Qt (Golub and Van Loan, algorithm 8.3.1).</summary>
static class Tridiagonal
{
    /// <summary>
    /// Replaces <paramref name="matrix"/> [size, size] by Q, whose rows are the basis in which A is tridiagonal; <paramref name="off"/>[i] couples i and i + 1, its last entry is 0.
    /// </summary>
    internal static void Reduce(double[] matrix, int size, double[] diagonal, double[] off)
    {
        double[] reflectors = new double[size * size], scales = new double[size], product = new double[size];
        for (int k = 0; k < size - 1; k++)
        {
            Span<double> reflector = reflectors.AsSpan((k * size) + k + 1, size - k - 1);
            for (int i = k + 1; i < size; i++)
            {
                reflector[i - k - 1] = matrix[(i * size) + k];
            }

            (scales[k], off[k]) = MakeReflector(reflector);
            if (scales[k] != 0)
            {
                ApplyBothSides(matrix, size, k + 1, reflector, scales[k], product.AsSpan(k + 1, size - k - 1));
            }
        }

        for (int i = 0; i < size; i++)
        {
            diagonal[i] = matrix[(i * size) + i];
        }

        off[size - 1] = 0;
        Accumulate(matrix, size, reflectors, scales);
    }

    /// <summary>Turns x into v with v[0] = 1 and H = 1 - scale v vt, so that H x = (value, 0, 0, ...).</summary>
    private static (double Scale, double Value) MakeReflector(Span<double> x)
    {
        // Divided by the largest entry first, so that squares neither overflow nor vanish.
        double largest = 0;
        foreach (double entry in x[1..])
        {
            largest = Math.Max(largest, Math.Abs(entry));
        }

        if (largest == 0)
        {
            return (0, x[0]);
        }

        largest = Math.Max(largest, Math.Abs(x[0]));
        double norm = 0;
        foreach (double entry in x)
        {
            norm += entry / largest * (entry / largest);
        }

        double value = -Math.CopySign(largest * Math.Sqrt(norm), x[0]), head = x[0] - value;
        double scale = -head / value;
        x[0] = 1;
        for (int i = 1; i < x.Length; i++)
        {
            x[i] /= head;
        }

        return (scale, value);
    }

    /// <summary>A := H A H in the trailing block from <paramref name="from"/>, as the symmetric rank-2 update A - v wt - w vt.</summary>
    private static void ApplyBothSides(double[] matrix, int size, int from, ReadOnlySpan<double> v, double scale, Span<double> w)
    {
        double along = 0;
        for (int i = 0; i < v.Length; i++)
        {
            w[i] = scale * Dot(matrix.AsSpan(((from + i) * size) + from, v.Length), v);
            along += w[i] * v[i];
        }

        for (int i = 0; i < v.Length; i++)
        {
            w[i] -= 0.5 * scale * along * v[i];
        }

        for (int i = 0; i < v.Length; i++)
        {
            Span<double> row = matrix.AsSpan(((from + i) * size) + from, v.Length);
            double vi = v[i], wi = w[i];
            for (int j = 0; j < row.Length; j++)
            {
                row[j] -= (vi * w[j]) + (wi * v[j]);
            }
        }
    }

    /// <summary>Q = H[last] ... H[1] H[0], built from the last reflector back, since each acts on the trailing block alone.</summary>
    private static void Accumulate(double[] basis, int size, double[] reflectors, double[] scales)
    {
        Array.Clear(basis);
        for (int i = 0; i < size; i++)
        {
            basis[(i * size) + i] = 1;
        }

        // Rows of Q are wanted: Q := Q H, that is, every row is reflected.
        for (int k = size - 2; k >= 0; k--)
        {
            ReadOnlySpan<double> v = reflectors.AsSpan((k * size) + k + 1, size - k - 1);
            for (int i = k + 1; i < size; i++)
            {
                Span<double> row = basis.AsSpan((i * size) + k + 1, v.Length);
                double along = scales[k] * Dot(row, v);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] -= along * v[j];
                }
            }
        }
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
