using Jmlr.Index.Kernels;

namespace Jmlr.Index.Codec;

/// <summary>The bucket weights on the 7-bit grid of the integer kernels: weight = low + step * table[code], with the error that makes.</summary>
sealed class WeightGrid
{
    internal WeightGrid(ReadOnlySpan<float> weights)
    {
        Low = weights[0];
        float range = weights[^1] - weights[0];
        Step = range > 0 ? range / IntegerDots.VectorLimit : 1;
        for (int code = 0; code < weights.Length; code++)
        {
            Table[code] = (byte)Math.Clamp(MathF.Round((weights[code] - Low) / Step), 0, IntegerDots.VectorLimit);
            Errors[code] = weights[code] - (Low + (Step * Table[code]));
        }

        for (int entry = weights.Length; entry < Table.Length; entry++)
        {
            Table[entry] = Table[entry % weights.Length];
        }
    }

    /// <summary>Grid value of a code; repeated to 256 entries.</summary>
    internal byte[] Table { get; } = new byte[256];

    /// <summary>Weight minus grid weight of a code.</summary>
    internal float[] Errors { get; } = new float[256];

    internal float Low { get; }

    internal float Step { get; }
}
