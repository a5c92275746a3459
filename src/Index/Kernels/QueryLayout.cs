namespace Jmlr.Index.Kernels;

/// <summary>Brings up to 32 row vectors into the layouts of the kernels; missing rows are zero.</summary>
static class QueryLayout
{
    private const int RowsAtOnce = 16;

    /// <summary>Rows [n, dim] to [dim][32].</summary>
    internal static void Transpose(ReadOnlySpan<float> rows, int dimension, Span<float> destination)
    {
        int count = rows.Length / dimension;
        if (count < IntegerDots.Rows)
        {
            destination.Clear();
        }

        // Sixteen rows at a time: as many lines as the cache can hold of rows that are a power of two apart, and each is used sixteen times.
        for (int first = 0; first < count; first += RowsAtOnce)
        {
            int end = Math.Min(first + RowsAtOnce, count);
            for (int d = 0; d < dimension; d++)
            {
                Span<float> to = destination.Slice(d * IntegerDots.Rows, IntegerDots.Rows);
                for (int row = first, from = (first * dimension) + d; row < end; row++, from += dimension)
                {
                    to[row] = rows[from];
                }
            }
        }
    }

    /// <summary>
    /// Rows [n, dim] to s8 tiles [dim/4][32][4], each row scaled to its largest magnitude; <paramref name="scales"/> [32] gets the factor
    /// back to the values (leave it empty when it is not wanted).
    /// </summary>
    internal static void Quantise(ReadOnlySpan<float> rows, int dimension, Span<sbyte> tiles, Span<float> scales)
    {
        tiles.Clear();
        scales.Clear();
        for (int row = 0, from = 0; from < rows.Length; row++, from += dimension)
        {
            ReadOnlySpan<float> values = rows.Slice(from, dimension);
            float largest = 0;
            foreach (float value in values)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            float scale = largest > 0 ? IntegerDots.RowLimit / largest : 0;
            for (int d = 0; d < dimension; d++)
            {
                tiles[(((d >> 2) * IntegerDots.Rows) + row) * 4 + (d & 3)] = (sbyte)MathF.Round(values[d] * scale);
            }

            if (!scales.IsEmpty)
            {
                scales[row] = largest / IntegerDots.RowLimit;
            }
        }
    }
}
