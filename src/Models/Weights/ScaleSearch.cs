namespace Jmlr.Models.Weights;

/// <summary>
/// Scales of 4-bit blocks by search: a few scales around the plain one, each refined once by least squares over the quants it gives; what is compared is the error
/// with the scales rounded to fp16, as they are stored. Never worse than the plain scale.
/// </summary>
static class ScaleSearch
{
    private const int Steps = 9;
    private const float Step = 0.025f;

    /// <summary>x = d (q - 8): the best d near <paramref name="plain"/>, and its quants.</summary>
    internal static float Symmetric(ReadOnlySpan<float> x, float plain, Span<byte> quants)
    {
        Span<byte> q = stackalloc byte[x.Length];
        float best = plain;
        double least = double.MaxValue;
        for (int step = 0; step <= 2 * Steps; step++)
        {
            // The plain scale first; then smaller and larger ones in turn.
            float d = plain * (1 + (Step * (step % 2 == 0 ? step / 2 : -(step + 1) / 2)));
            for (int refine = 0; refine < 2; refine++)
            {
                d = HalfFloats.Widen(HalfFloats.Narrow(d));
                if (d == 0 || !float.IsFinite(d))
                {
                    break;
                }

                double error = 0, product = 0, square = 0;
                float inverse = 1 / d;
                for (int i = 0; i < x.Length; i++)
                {
                    int level = (int)Math.Clamp((x[i] * inverse) + 8.5f, 0, 15);
                    q[i] = (byte)level;
                    double difference = x[i] - (d * (level - 8));
                    error += difference * difference;
                    product += x[i] * (level - 8);
                    square += (level - 8) * (level - 8);
                }

                if (error < least)
                {
                    (least, best) = (error, d);
                    q.CopyTo(quants);
                }

                if (square == 0)
                {
                    break;
                }

                d = (float)(product / square);
            }
        }

        if (least == double.MaxValue)
        {
            // No scale is a number of fp16: too small, and the block vanishes, or too large, and the caller sees that.
            quants.Fill(8);
        }

        return best;
    }

    /// <summary>x = d q + m: the best pair for values from <paramref name="min"/> to <paramref name="max"/>, and its quants.</summary>
    internal static (float Scale, float Minimum) Affine(ReadOnlySpan<float> x, float min, float max, Span<byte> quants)
    {
        Span<byte> q = stackalloc byte[x.Length];
        (float Scale, float Minimum) best = ((max - min) / 15, min);
        double least = double.MaxValue;
        for (int step = 0; step <= Steps; step++)
        {
            // The range shrinks from both ends: a few outliers cost less than coarse steps for all.
            float d = (max - min) / 15 * (1 - (Step * 2 * step)), m = min + ((max - min) * Step * step);
            for (int refine = 0; refine < 3; refine++)
            {
                (d, m) = (HalfFloats.Widen(HalfFloats.Narrow(d)), HalfFloats.Widen(HalfFloats.Narrow(m)));
                if (!(d > 0) || !float.IsFinite(d) || !float.IsFinite(m))
                {
                    break;
                }

                double error = 0, sumX = 0, sumQ = 0, sumXQ = 0, sumQQ = 0;
                float inverse = 1 / d;
                for (int i = 0; i < x.Length; i++)
                {
                    int level = (int)Math.Clamp(((x[i] - m) * inverse) + 0.5f, 0, 15);
                    q[i] = (byte)level;
                    double difference = x[i] - ((d * level) + m);
                    error += difference * difference;
                    sumX += x[i];
                    sumQ += level;
                    sumXQ += x[i] * level;
                    sumQQ += level * level;
                }

                if (error < least)
                {
                    (least, best) = (error, (d, m));
                    q.CopyTo(quants);
                }

                double spread = (x.Length * sumQQ) - (sumQ * sumQ);
                if (spread <= 0)
                {
                    break;
                }

                d = (float)(((x.Length * sumXQ) - (sumX * sumQ)) / spread);
                m = (float)((sumX - (d * sumQ)) / x.Length);
            }
        }

        if (least == double.MaxValue)
        {
            quants.Clear();
        }

        return best;
    }
}
