namespace Jmlr.Index.Kernels;

/// <summary>Reference of <see cref="FloatDots"/>.</summary>
static unsafe class FloatDotsScalar
{
    internal static void Compute(float* vectors, float* queries, int count, int rows, int dimension, float* scores)
    {
        for (int v = 0; v < count; v++, vectors += dimension, scores += IntegerDots.Rows)
        {
            for (int row = 0; row < rows; row++)
            {
                float sum = 0;
                for (int d = 0; d < dimension; d++)
                {
                    sum = MathF.FusedMultiplyAdd(queries[(d * IntegerDots.Rows) + row], vectors[d], sum);
                }

                scores[row] = sum;
            }
        }
    }
}
