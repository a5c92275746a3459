using Jmlr.Llm.Execution;
using Jmlr.Llm.Matrices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Kernels;

/// <summary>
/// What the forward pass does besides matrix products. This class is the plain twin that defines the results; subclasses override with vector code.
/// Lengths of heads are padded to <see cref="HeadAlignment"/> with zeros, so that no kernel has a tail.
/// </summary>
unsafe class FloatKernels
{
    /// <summary>Heads are padded to a multiple of this in the cache and in attention.</summary>
    internal const int HeadAlignment = 16;

    /// <summary>Keys of a tile of the cache.</summary>
    internal const int KeyTile = 16;

    /// <summary>Query rows that <see cref="Scores"/> and <see cref="AddValues"/> take at once.</summary>
    internal const int QueryRows = 4;

    /// <summary>Keys of a block of attention.</summary>
    internal const int KeyBlock = 64;

    /// <summary>y = x / rms(x) x weight.</summary>
    internal virtual void RmsNorm(float* x, float* weight, float epsilon, float* y, int n)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += (double)x[i] * x[i];
        }

        float scale = 1 / MathF.Sqrt((float)(sum / n) + epsilon);
        for (int i = 0; i < n; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
    }

    /// <summary>x += y.</summary>
    internal virtual void Add(float* x, float* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            x[i] += y[i];
        }
    }

    /// <summary>y = silu(gate) x up.</summary>
    internal virtual void SiluMultiply(float* gate, float* up, float* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>Rotates one head of 2 x <paramref name="half"/> elements in place, pairs (i, i + half), and scales it.</summary>
    internal virtual void Rotate(float* head, float* cos, float* sin, int half, float scale)
    {
        for (int i = 0; i < half; i++)
        {
            float a = head[i], b = head[i + half];
            head[i] = ((a * cos[i]) - (b * sin[i])) * scale;
            head[i + half] = ((b * cos[i]) + (a * sin[i])) * scale;
        }
    }

    /// <summary>
    /// Quantises one token [columns] to int8 per block of 32: d = max |x| / 127, q = round(x / d) to nearest even.
    /// Quants of 4 columns go <paramref name="lanes"/> x 4 bytes apart, scales and sums <paramref name="lanes"/> apart.
    /// </summary>
    internal virtual void Quantise(float* x, int columns, sbyte* quants, float* scales, float* sums, int lanes)
    {
        for (int b = 0; b < columns / TileFormats.Block; b++, x += TileFormats.Block)
        {
            float largest = 0;
            for (int k = 0; k < TileFormats.Block; k++)
            {
                largest = MathF.Max(largest, MathF.Abs(x[k]));
            }

            float d = largest / 127, inverse = largest > 0 ? 127 / largest : 0;
            int sum = 0;
            for (int k = 0; k < TileFormats.Block; k++)
            {
                int q = (int)MathF.Round(x[k] * inverse, MidpointRounding.ToEven);
                quants[(((b * 8) + (k / 4)) * lanes * 4) + (k % 4)] = (sbyte)q;
                sum += q;
            }

            scales[b * lanes] = d;
            sums[b * lanes] = d * sum;
        }
    }

    /// <summary>fp32 to fp16, nearest even, out of range to the largest finite value.</summary>
    internal virtual void Narrow(float* x, ushort* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = HalfFloats.Narrow(Math.Clamp(x[i], -65504f, 65504f));
        }
    }

    /// <summary>fp16 to fp32, finite values.</summary>
    internal virtual void Widen(ushort* x, float* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = HalfFloats.Widen(x[i]);
        }
    }

    /// <summary>A tile of 8-bit keys, quants [head, 16] and fp16 scales [block of 32, 16], to fp32 [head, 16].</summary>
    internal virtual void WidenKeys(sbyte* quants, ushort* scales, float* y, int head)
    {
        for (int i = 0; i < head * KeyTile; i++)
        {
            y[i] = quants[i] * HalfFloats.Widen(scales[(i / KeyTile / TileFormats.Block * KeyTile) + (i % KeyTile)]);
        }
    }

    /// <summary>A tile of 8-bit values, quants [16, head] and fp16 scales [16, block of 32], to fp32 [16, head].</summary>
    internal virtual void WidenValues(sbyte* quants, ushort* scales, float* y, int head)
    {
        int blocks = (head + TileFormats.Block - 1) / TileFormats.Block;
        for (int token = 0; token < KeyTile; token++)
        {
            for (int i = 0; i < head; i++)
            {
                y[(token * head) + i] = quants[(token * head) + i] * HalfFloats.Widen(scales[(token * blocks) + (i / TileFormats.Block)]);
            }
        }
    }

    /// <summary>scores[row, key] = q[row] . k[key] for 4 rows x 64 keys; q rows are <paramref name="head"/> apart, keys [tile of 16, head, 16].</summary>
    internal virtual void Scores(float* q, float* keys, int head, float* scores)
    {
        for (int r = 0; r < QueryRows; r++)
        {
            for (int k = 0; k < KeyBlock; k++)
            {
                float sum = 0;
                float* tile = keys + (k / KeyTile * head * KeyTile) + (k % KeyTile);
                for (int i = 0; i < head; i++)
                {
                    sum += q[(r * head) + i] * tile[i * KeyTile];
                }

                scores[(r * KeyBlock) + k] = sum;
            }
        }
    }

    /// <summary>Whether <see cref="ScoresStored"/> and <see cref="AddStoredValues"/> are there for a format: for few rows they save the way through memory.</summary>
    internal virtual bool ReadsStored(KeyValueFormat format) => false;

    /// <summary>Asks memory for a block of keys that is wanted at once.</summary>
    internal virtual void FetchStored(StoredTiles tiles) => throw new NotSupportedException();

    /// <summary><see cref="Scores"/> of the first <paramref name="rows"/> (1 to 4) against 64 keys as they are stored, with the same bits; scores of the other rows are undefined.</summary>
    internal virtual void ScoresStored(float* q, int rows, StoredTiles keys, int head, float* scores) => throw new NotSupportedException();

    /// <summary><see cref="AddValues"/> for the first <paramref name="rows"/> (1 to 4) from values as they are stored, with the same bits.</summary>
    internal virtual void AddStoredValues(float* p, float* factors, int rows, StoredTiles values, int keys, int head, float* sums, int stride) => throw new NotSupportedException();

    /// <summary>Online softmax of one row over 64 scores: replaces them by exp(score - max), updates max and total, returns the factor for what was summed before.</summary>
    internal virtual float Softmax(float* scores, ref float max, ref float total)
    {
        float next = max;
        for (int k = 0; k < KeyBlock; k++)
        {
            next = MathF.Max(next, scores[k]);
        }

        float sum = 0;
        for (int k = 0; k < KeyBlock; k++)
        {
            scores[k] = MathF.Exp(scores[k] - next);
            sum += scores[k];
        }

        float factor = MathF.Exp(max - next);
        max = next;
        total = (total * factor) + sum;
        return factor;
    }

    /// <summary>sums[row] = sums[row] x factors[row] + p[row] . values for 4 rows; values [keys, head], p rows are 64 apart, sums rows <paramref name="stride"/>.</summary>
    internal virtual void AddValues(float* p, float* factors, float* values, int keys, int head, float* sums, int stride)
    {
        for (int r = 0; r < QueryRows; r++)
        {
            for (int i = 0; i < head; i++)
            {
                float sum = sums[(r * stride) + i] * factors[r];
                for (int k = 0; k < keys; k++)
                {
                    sum += p[(r * KeyBlock) + k] * values[(k * head) + i];
                }

                sums[(r * stride) + i] = sum;
            }
        }
    }
}
