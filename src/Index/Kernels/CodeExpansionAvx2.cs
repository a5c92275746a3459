using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>Byte-shuffle path of <see cref="CodeExpansion"/>, 32 bytes at a time, 16 for short rows.</summary>
static unsafe class CodeExpansionAvx2
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

        Vector128<byte> narrow = Vector128.Load(table);
        Vector256<byte> wide = Vector256.Create(narrow, narrow);
        byte mask = (byte)((1 << bits) - 1);
        bool byHalf = stride % 32 != 0;
        for (int v = 0; v < count; v++, packed += stride, weights += dimension)
        {
            for (int plane = 0; plane < planes; plane++)
            {
                byte* to = weights + (plane * stride);
                int shift = plane * bits, j = 0;
                for (; !byHalf && j < stride; j += 32)
                {
                    Vector256<byte> codes = (Vector256.Load(packed + j).AsUInt16() >>> shift).AsByte() & Vector256.Create(mask);
                    Avx2.Shuffle(wide, codes).Store(to + j);
                }

                for (; j < stride; j += 16)
                {
                    Vector128<byte> codes = (Vector128.Load(packed + j).AsUInt16() >>> shift).AsByte() & Vector128.Create(mask);
                    Ssse3.Shuffle(narrow, codes).Store(to + j);
                }
            }
        }
    }
}
