namespace Jmlr.Index.Kernels;

/// <summary>Reference of <see cref="IntegerDots"/>.</summary>
static unsafe class IntegerDotsScalar
{
    internal static void Compute(byte* vectors, sbyte* tiles, int count, int rows, int dimension, int* sums)
    {
        for (int v = 0; v < count; v++, vectors += dimension, sums += IntegerDots.Rows)
        {
            for (int row = 0; row < rows; row++)
            {
                int sum = 0;
                for (int d = 0; d < dimension; d++)
                {
                    sum += vectors[d] * tiles[(((d >> 2) * IntegerDots.Rows) + row) * 4 + (d & 3)];
                }

                sums[row] = sum;
            }
        }
    }
}
