using Jmlr.Llm.Configuration;

namespace Jmlr.Llm.Execution;

/// <summary>Angles per position of the rotary embedding (Su et al. 2021), with linear and Llama 3 scaling.</summary>
static class RotaryFrequencies
{
    /// <summary>theta^(-2i / size) / factor / divisor, [size / 2].</summary>
    internal static float[] Of(LlamaConfiguration c)
    {
        float[] frequencies = new float[c.HeadSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = Math.Pow(c.RopeTheta, -2.0 * i / c.HeadSize);
            frequencies[i] = (float)(frequency / c.RopeLinearFactor / (c.RopeFrequencyDivisors?[i] ?? 1));
        }

        return frequencies;
    }
}
