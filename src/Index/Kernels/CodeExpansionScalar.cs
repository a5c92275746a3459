namespace Jmlr.Index.Kernels;

/// <summary>Reference of <see cref="CodeExpansion"/>.</summary>
static unsafe class CodeExpansionScalar
{
    internal static void Expand(byte* packed, byte* table, int bits, int count, int dimension, byte* weights)
    {
        int stride = dimension * bits / 8, mask = (1 << bits) - 1;
        for (int v = 0; v < count; v++, packed += stride, weights += dimension)
        {
            for (int plane = 0; plane < 8 / bits; plane++)
            {
                byte* to = weights + (plane * stride);
                for (int j = 0; j < stride; j++)
                {
                    to[j] = table[(packed[j] >> (plane * bits)) & mask];
                }
            }
        }
    }
}
