using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Kernels;

/// <summary>The plain twin that defines what the others must compute.</summary>
sealed unsafe class ScalarTileKernels : TileKernels
{
    internal override string Name => "scalar";

    private protected override void Single(byte* weights, int columns, float* x, int lanes, TileOutput y)
    {
        float* w = (float*)weights;
        for (int t = 0; t < y.Tokens; t++)
        {
            for (int r = 0; r < TileFormats.Rows; r++)
            {
                float sum = 0;
                for (int c = 0; c < columns; c++)
                {
                    sum += w[(c * TileFormats.Rows) + r] * x[(c * lanes) + t];
                }

                y.Rows[((long)t * y.Stride) + r] = sum;
            }
        }
    }

    private protected override void Four<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y) => Quantised<TMinimum>(true, weights, x, lanes, y);

    private protected override void Eight<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y) => Quantised<TMinimum>(false, weights, x, lanes, y);

    private static void Quantised<TMinimum>(bool four, byte* weights, TileInput x, int lanes, TileOutput y) where TMinimum : struct, IMinimum
    {
        int header = TMinimum.Stored ? 64 : 32, blockBytes = header + (four ? 256 : 512);
        for (int t = 0; t < y.Tokens; t++)
        {
            for (int r = 0; r < TileFormats.Rows; r++)
            {
                byte* block = weights;
                float sum = 0;
                for (int b = 0; b < x.Blocks; b++, block += blockBytes)
                {
                    sbyte* q = x.Quants + ((long)b * TileFormats.Block * lanes);
                    int dot = 0;
                    for (int k = 0; k < TileFormats.Block; k++)
                    {
                        dot += PackedMatrix.Quant(block + header, four, k, r) * q[(((k / 4 * lanes) + t) * 4) + (k % 4)];
                    }

                    float d = HalfFloats.Widen(((ushort*)block)[r]);
                    float m = TMinimum.Stored ? HalfFloats.Widen(((ushort*)block)[16 + r]) : d * (four ? -8 : -128);
                    int scale = (b * lanes) + t;
                    sum += (dot * (d * x.Scales[scale])) + (m * x.Sums[scale]);
                }

                y.Rows[((long)t * y.Stride) + r] = sum;
            }
        }
    }
}
