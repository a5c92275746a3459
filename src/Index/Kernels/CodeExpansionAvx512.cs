using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Jmlr.Index.Kernels;

/// <summary>Byte-shuffle path of <see cref="CodeExpansion"/>, 64 bytes at a time; rows of another length, and 8 bits without VBMI, go the 256-bit way.</summary>
static unsafe class CodeExpansionAvx512
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Expand(byte* packed, byte* table, int bits, int count, int dimension, byte* weights)
    {
        int stride = dimension * bits / 8, planes = 8 / bits;
        if (bits == 8 && Avx512Vbmi.IsSupported)
        {
            Whole(packed, table, count * dimension, weights);
            return;
        }

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

    /// <summary>Codes of 8 bits lie as their weights will: 64 at a time in a table of four registers, whatever the rows.</summary>
    private static void Whole(byte* codes, byte* table, int count, byte* weights)
    {
        Vector512<byte> first = Vector512.Load(table), second = Vector512.Load(table + 64), third = Vector512.Load(table + 128), fourth = Vector512.Load(table + 192);
        int i = 0;
        for (; i + 64 <= count; i += 64)
        {
            Vector512<byte> code = Vector512.Load(codes + i); // the shuffles take its lower seven bits
            Vector512<byte> low = Avx512Vbmi.PermuteVar64x8x2(first, code, second), high = Avx512Vbmi.PermuteVar64x8x2(third, code, fourth);
            Vector512.ConditionalSelect(Vector512.LessThan(code.AsSByte(), Vector512<sbyte>.Zero).AsByte(), high, low).Store(weights + i);
        }

        for (; i < count; i++)
        {
            weights[i] = table[codes[i]];
        }
    }
}
