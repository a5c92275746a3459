using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>Byte-shuffle path of <see cref="CodeExpansion"/>, 64 bytes at a time; rows of another length go the 256-bit way.</summary>
static unsafe class CodeExpansionAvx512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Expand(byte* packed, byte* table, int bits, int count, int dimension, byte* weights)
    {
        int stride = dimension * bits / 8, planes = 8 / bits;
        if (bits == 8 || stride % 64 != 0)
        {
            CodeExpansionAvx2.Expand(packed, table, bits, count, dimension, weights);
            return;
        }

        Vector128<byte> narrow = Vector128.Load(table);
        Vector256<byte> half = Vector256.Create(narrow, narrow);
        Vector512<byte> lookup = Vector512.Create(half, half), mask = Vector512.Create((byte)((1 << bits) - 1));
        for (int v = 0; v < count; v++, packed += stride, weights += dimension)
        {
            for (int j = 0; j < stride; j += 64)
            {
                Vector512<ushort> codes = Vector512.Load(packed + j).AsUInt16();
                for (int plane = 0; plane < planes; plane++)
                {
                    Avx512BW.Shuffle(lookup, (codes >>> (plane * bits)).AsByte() & mask).Store(weights + (plane * stride) + j);
                }
            }
        }
    }
}
