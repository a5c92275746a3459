using Jmlr.Llm.Matrices;

namespace Jmlr.Llm.Kernels;

/// <summary>Products of weight tiles with activations, for one instruction set. Output: y[token, row], fp32, rows padded to tiles.</summary>
abstract unsafe class TileKernels
{
    /// <summary>Name for reports.</summary>
    internal abstract string Name { get; }

    /// <summary>Computes tiles [<paramref name="first"/>, <paramref name="end"/>) of <paramref name="matrix"/> for all tokens; rows of y are <paramref name="stride"/> apart.</summary>
    internal void Multiply(PackedMatrix matrix, int first, int end, Activations x, float* y, int stride)
    {
        int blocks = matrix.Columns / TileFormats.Block;
        if (x.Tokens == 1 && TileStreams.Suit(matrix))
        {
            first = MultiplyOne(matrix, first, end, new TileInput(x.Quants, x.Scales, x.Sums, blocks), y);
        }

        for (int tile = first; tile < end; tile++)
        {
            byte* weights = matrix.Data + (tile * matrix.TileBytes);
            for (int group = 0; group < x.Groups; group++)
            {
                int token = group * x.Lanes;
                var output = new TileOutput(y + ((long)token * stride) + (tile * TileFormats.Rows), stride, Math.Min(x.Lanes, x.Tokens - token));
                if (matrix.Format == TileFormat.F32)
                {
                    Single(weights, matrix.Columns, x.Values + (group * x.GroupStride), x.Lanes, output);
                    continue;
                }

                long block = (long)group * blocks * x.Lanes;
                var input = new TileInput(x.Quants + (group * x.GroupStride), x.Scales + block, x.Sums + block, blocks);
                switch (matrix.Format)
                {
                    case TileFormat.Q4:
                        Four<NoMinimum>(weights, input, x.Lanes, output);
                        break;
                    case TileFormat.Q4Min:
                        Four<StoredMinimum>(weights, input, x.Lanes, output);
                        break;
                    case TileFormat.Q8:
                        Eight<NoMinimum>(weights, input, x.Lanes, output);
                        break;
                    default:
                        Eight<StoredMinimum>(weights, input, x.Lanes, output);
                        break;
                }
            }
        }
    }

    // Returns the first tile that is left. Each stream walks tiles that follow each other, so that what it reads ahead is what it needs next.
    private int MultiplyOne(PackedMatrix matrix, int first, int end, TileInput input, float* y)
    {
        int each = (end - first) / TileStreams.Count;
        for (int tile = first; tile < first + each; tile++)
        {
            var tiles = new TileStreams(matrix.Data + (tile * matrix.TileBytes), each * matrix.TileBytes, y + (tile * TileFormats.Rows), each * TileFormats.Rows);
            switch (matrix.Format)
            {
                case TileFormat.Q4:
                    FourStreams<NoMinimum>(tiles, input);
                    break;
                case TileFormat.Q4Min:
                    FourStreams<StoredMinimum>(tiles, input);
                    break;
                case TileFormat.Q8:
                    EightStreams<NoMinimum>(tiles, input);
                    break;
                default:
                    EightStreams<StoredMinimum>(tiles, input);
                    break;
            }
        }

        return first + (each * TileStreams.Count);
    }

    /// <summary>4-bit tiles, side by side, x one token.</summary>
    private protected virtual void FourStreams<TMinimum>(TileStreams tiles, TileInput x) where TMinimum : struct, IMinimum
    {
        for (int i = 0; i < TileStreams.Count; i++)
        {
            Four<TMinimum>(tiles.Weights(i), x, 1, new TileOutput(tiles.Rows(i), 0, 1));
        }
    }

    /// <summary>8-bit tiles, side by side, x one token.</summary>
    private protected virtual void EightStreams<TMinimum>(TileStreams tiles, TileInput x) where TMinimum : struct, IMinimum
    {
        for (int i = 0; i < TileStreams.Count; i++)
        {
            Eight<TMinimum>(tiles.Weights(i), x, 1, new TileOutput(tiles.Rows(i), 0, 1));
        }
    }

    /// <summary>fp32 tile x one group of tokens.</summary>
    private protected abstract void Single(byte* weights, int columns, float* x, int lanes, TileOutput y);

    /// <summary>4-bit tile x one group of tokens.</summary>
    private protected abstract void Four<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y) where TMinimum : struct, IMinimum;

    /// <summary>8-bit tile x one group of tokens.</summary>
    private protected abstract void Eight<TMinimum>(byte* weights, TileInput x, int lanes, TileOutput y) where TMinimum : struct, IMinimum;
}

/// <summary>Whether a block stores minima; a type argument, so that each kernel is compiled without the other's instructions.</summary>
interface IMinimum
{
    /// <summary>True when 16 fp16 minima follow the scales.</summary>
    static abstract bool Stored { get; }
}

/// <summary>The minimum follows from the scale: -8 d or -128 d.</summary>
readonly struct NoMinimum : IMinimum
{
    public static bool Stored => false;
}

/// <summary>Minima are stored.</summary>
readonly struct StoredMinimum : IMinimum
{
    public static bool Stored => true;
}

/// <summary>One group of quantised inputs (<see cref="Activations"/>).</summary>
readonly unsafe struct TileInput(sbyte* quants, float* scales, float* sums, int blocks)
{
    internal sbyte* Quants => quants;

    internal float* Scales => scales;

    internal float* Sums => sums;

    internal int Blocks => blocks;
}

/// <summary>Where 16 rows of a few tokens go.</summary>
readonly unsafe struct TileOutput(float* rows, int stride, int tokens)
{
    internal float* Rows => rows;

    internal int Stride => stride;

    internal int Tokens => tokens;
}
