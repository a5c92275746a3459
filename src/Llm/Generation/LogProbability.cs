using System.Numerics.Tensors;

namespace Jmlr.Llm.Generation;

/// <summary>Log-probabilities of tokens from logits.</summary>
static class LogProbability
{
    /// <summary>Natural logarithm of the probability that <paramref name="logits"/> [vocabulary] give to a token.</summary>
    internal static double Of(ReadOnlySpan<float> logits, int token)
    {
        double max = TensorPrimitives.Max(logits), sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        return logits[token] - max - Math.Log(sum);
    }
}
