using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Jmlr.Index.Encoding.Bert;

namespace Jmlr.Index.Encoding.FewTokens;

/// <summary>What lies between the products of <see cref="FewTokenBert"/>, on activations [features][32 tokens].</summary>
static unsafe class StepsAvx512
{
    /// <summary>Tokens of a vector: so many cost half of what <see cref="FewTokenBert.MostTokens"/> do.</summary>
    internal const int Half = Tokens / 2;

    private const int Tokens = FewTokenBert.MostTokens;
    private const float LeastNorm = 1e-12f; // as libtorch's normalize

    /// <summary>Layer norm over the features of each of the first <paramref name="tokens"/> tokens of <paramref name="values"/> plus <paramref name="residual"/> (when there is one), in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Normalise(float* values, float* residual, int features, int tokens, float* weight, float* bias, float epsilon)
    {
        for (int half = 0; half < tokens; half += Half)
        {
            Vector512<float> sum = default, squares = default;
            for (int at = half; at < features * Tokens; at += Tokens)
            {
                Vector512<float> value = Vector512.Load(values + at);
                if (residual is not null)
                {
                    value += Vector512.Load(residual + at);
                    value.Store(values + at);
                }

                sum += value;
            }

            Vector512<float> mean = sum / features;
            for (int at = half; at < features * Tokens; at += Tokens)
            {
                Vector512<float> from = Vector512.Load(values + at) - mean;
                squares += from * from;
            }

            Vector512<float> inverse = Vector512<float>.One / Vector512.Sqrt((squares / features) + Vector512.Create(epsilon));
            for (int feature = 0, at = half; feature < features; feature++, at += Tokens)
            {
                (((Vector512.Load(values + at) - mean) * inverse * weight[feature]) + Vector512.Create(bias[feature])).Store(values + at);
            }
        }
    }

    /// <summary>x / 2 * (1 + erf(x / sqrt 2)) of each value of the first <paramref name="tokens"/> tokens, in place; erf after Abramowitz and Stegun 7.1.26, off by at most 1.5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gelu(float* values, int features, int tokens)
    {
        Vector512<float> one = Vector512<float>.One;
        int step = tokens > Half ? Half : Tokens;
        for (int at = 0; at < features * Tokens; at += step)
        {
            Vector512<float> x = Vector512.Load(values + at), z = Vector512.Abs(x) * 0.70710678f, t = one / (one + (z * 0.3275911f));
            Vector512<float> series = ((((((((t * 1.061405429f) - Vector512.Create(1.453152027f)) * t) + Vector512.Create(1.421413741f)) * t) - Vector512.Create(0.284496736f)) * t) + Vector512.Create(0.254829592f)) * t;
            Vector512<float> erf = one - (series * Vector512.Exp(-(z * z)));
            erf = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), -erf, erf);
            (x * 0.5f * (one + erf)).Store(values + at);
        }
    }

    /// <summary>
    /// Context [head size][32] of one head from queries, keys and values [3 * hidden][32], of the first <paramref name="tokens"/> tokens; keys from <paramref name="length"/> on are not looked at.
    /// <paramref name="scores"/> [32 keys][32 queries] is room to work in.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Attend(float* joined, BertConfiguration configuration, int head, int tokens, int length, float* scores, float* context)
    {
        int size = configuration.HeadSize, hidden = configuration.HiddenSize;
        float* queries = joined + (head * size * Tokens), keys = queries + (hidden * Tokens), values = keys + (hidden * Tokens);
        float factor = 1 / MathF.Sqrt(size);
        context += head * size * Tokens;
        for (int half = 0; half < tokens; half += Half)
        {
            Vector512<float> most = Vector512.Create(float.NegativeInfinity), sum = default;
            for (int key = 0; key < length; key++)
            {
                Vector512<float> score = default;
                for (int d = 0; d < size; d++)
                {
                    score = Vector512.FusedMultiplyAdd(Vector512.Load(queries + (d * Tokens) + half), Vector512.Create(keys[(d * Tokens) + key]), score);
                }

                score *= factor;
                most = Vector512.Max(most, score);
                score.Store(scores + (key * Tokens) + half);
            }

            for (int key = 0; key < length; key++)
            {
                Vector512<float> weight = Vector512.Exp(Vector512.Load(scores + (key * Tokens) + half) - most);
                sum += weight;
                weight.Store(scores + (key * Tokens) + half);
            }

            Vector512<float> inverse = Vector512<float>.One / sum;
            for (int d = 0; d < size; d++)
            {
                Vector512<float> mixed = default;
                for (int key = 0; key < length; key++)
                {
                    mixed = Vector512.FusedMultiplyAdd(Vector512.Load(scores + (key * Tokens) + half), Vector512.Create(values[(d * Tokens) + key]), mixed);
                }

                (mixed * inverse).Store(context + (d * Tokens) + half);
            }
        }
    }

    /// <summary>Vectors of unit length [tokens][features] from <paramref name="values"/> [features][32]: what cosines are taken of. A zero vector stays one.</summary>
    internal static void Unit(float* values, int features, int tokens, Span<float> destination)
    {
        for (int token = 0; token < tokens; token++)
        {
            Span<float> vector = destination.Slice(token * features, features);
            for (int feature = 0; feature < features; feature++)
            {
                vector[feature] = values[(feature * Tokens) + token];
            }

            TensorPrimitives.Divide(vector, MathF.Max(TensorPrimitives.Norm(vector), LeastNorm), vector);
        }
    }
}
