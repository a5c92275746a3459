using System.Numerics.Tensors;
using Jmlr.Models.Randomness;

namespace Jmlr.Llm.Generation;

/// <summary>
/// Turns logits into the next token. Order and meaning of the steps are those of Hugging Face's logits processors: repetition penalty, temperature, top-k
/// (ties with the k-th stay), top-p (the smallest set that reaches p), min-p. Buffers are made once.
/// </summary>
sealed class TokenSampler(int vocabulary)
{
    private readonly double[] _probabilities = new double[vocabulary];
    private readonly float[] _sorted = new float[vocabulary];
    private readonly int[] _order = new int[vocabulary];
    private readonly bool[] _seen = new bool[vocabulary];

    /// <summary>Draws a token; <paramref name="logits"/> is overwritten. Temperature 0 takes the largest, the first of equals.</summary>
    internal int Next(Span<float> logits, ReadOnlySpan<int> context, GenerationOptions options, ref SplitMix64 random)
    {
        if (options.Temperature == 0)
        {
            Penalise(logits, context, options.RepetitionPenalty);
            return TensorPrimitives.IndexOfMax(logits);
        }

        ReadOnlySpan<double> probabilities = Distribution(logits, context, options);
        return Draw(probabilities, random.NextDouble());
    }

    /// <summary>Probabilities after all steps [vocabulary]; <paramref name="logits"/> become the processed ones, minus infinity for what was dropped.</summary>
    internal ReadOnlySpan<double> Distribution(Span<float> logits, ReadOnlySpan<int> context, GenerationOptions options)
    {
        Penalise(logits, context, options.RepetitionPenalty);
        if (options.Temperature is not (0 or 1))
        {
            for (int i = 0; i < logits.Length; i++)
            {
                logits[i] /= options.Temperature;
            }
        }

        if (options.TopK > 0 && options.TopK < logits.Length)
        {
            KeepTop(logits, options.TopK);
        }

        Softmax(logits);
        if (options.TopP < 1)
        {
            KeepNucleus(logits, options.TopP);
            Softmax(logits);
        }

        if (options.MinP > 0)
        {
            double least = options.MinP * TensorPrimitives.Max(_probabilities.AsSpan(0, logits.Length));
            for (int i = 0; i < logits.Length; i++)
            {
                logits[i] = _probabilities[i] >= least ? logits[i] : float.NegativeInfinity;
            }

            Softmax(logits);
        }

        return _probabilities.AsSpan(0, logits.Length);
    }

    /// <summary>The first index whose cumulative probability is above <paramref name="u"/>.</summary>
    internal static int Draw(ReadOnlySpan<double> probabilities, double u)
    {
        double cumulative = 0;
        int last = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            cumulative += probabilities[i];
            last = probabilities[i] > 0 ? i : last;
            if (cumulative > u)
            {
                return i;
            }
        }

        return last;
    }

    private void Penalise(Span<float> logits, ReadOnlySpan<int> context, float penalty)
    {
        if (penalty == 1)
        {
            return;
        }

        foreach (int id in context)
        {
            if (!_seen[id])
            {
                _seen[id] = true;
                logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
            }
        }

        foreach (int id in context)
        {
            _seen[id] = false;
        }
    }

    private void KeepTop(Span<float> logits, int k)
    {
        Span<float> sorted = _sorted.AsSpan(0, logits.Length);
        logits.CopyTo(sorted);
        sorted.Sort();
        float least = sorted[^k];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = logits[i] < least ? float.NegativeInfinity : logits[i];
        }
    }

    private void KeepNucleus(Span<float> logits, float p)
    {
        // What is below (1 - p) / n sums to at most 1 - p and goes unsorted.
        double budget = 1.0 - p, floor = budget / logits.Length, dropped = 0;
        int candidates = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (_probabilities[i] >= floor && _probabilities[i] > 0)
            {
                (_order[candidates], _sorted[candidates]) = (i, logits[i]);
                candidates++;
            }
            else
            {
                dropped += _probabilities[i];
                logits[i] = float.NegativeInfinity;
            }
        }

        _sorted.AsSpan(0, candidates).Sort(_order.AsSpan(0, candidates));
        for (int i = 0; i < candidates - 1; i++)
        {
            dropped += _probabilities[_order[i]];
            if (dropped > budget)
            {
                break;
            }

            logits[_order[i]] = float.NegativeInfinity;
        }
    }

    private void Softmax(ReadOnlySpan<float> logits)
    {
        double max = TensorPrimitives.Max(logits), sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            sum += _probabilities[i] = Math.Exp(logits[i] - max);
        }

        for (int i = 0; i < logits.Length; i++)
        {
            _probabilities[i] /= sum;
        }
    }
}
