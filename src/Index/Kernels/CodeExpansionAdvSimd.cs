using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Jmlr.Index.Kernels;

/// <summary>Table-lookup path of <see cref="CodeExpansion"/> for ARM, 16 bytes at a time; rows that are no multiple of it go the scalar way.</summary>
static unsafe class CodeExpansionAdvSimd
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Expand(byte* packed, byte* table, int bits, int count, int dimension, byte* weights)
    {
        int stride = dimension * bits / 8, planes = 8 / bits;
        if (bits == 8 || stride % 16 != 0)
        {
            CodeExpansionScalar.Expand(packed, table, bits, count, dimension, weights);
            return;
        }

        Vector128<byte> lookup = Vector128.Load(table), mask = Vector128.Create((byte)((1 << bits) - 1));
        for (int v = 0; v < count; v++, packed += stride, weights += dimension)
        {
            for (int j = 0; j < stride; j += 16)
            {
                Vector128<byte> codes = Vector128.Load(packed + j);
                for (int plane = 0; plane < planes; plane++)
                {
                    AdvSimd.Arm64.VectorTableLookup(lookup, (codes >>> (plane * bits)) & mask).Store(weights + (plane * stride) + j);
                }
            }
        }
    }
}
