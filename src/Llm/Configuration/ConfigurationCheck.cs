using Jmlr.Models.Errors;

namespace Jmlr.Llm.Configuration;

/// <summary>Limits that every model shape must keep, whatever file it comes from.</summary>
static class ConfigurationCheck
{
    private const int MaximumSize = 1 << 20;
    private const int MaximumVocabulary = 1 << 24;

    /// <summary>Returns <paramref name="configuration"/> when it holds together; throws <see cref="JmlrDataException"/> naming <paramref name="path"/> otherwise.</summary>
    internal static LlamaConfiguration Require(LlamaConfiguration configuration, string path)
    {
        LlamaConfiguration c = configuration;
        Range(path, "number of blocks", c.LayerCount, 1, 1024);
        Range(path, "hidden size", c.HiddenSize, 1, MaximumSize);
        Range(path, "feed-forward size", c.FeedForwardSize, 1, MaximumSize);
        Range(path, "number of heads", c.HeadCount, 1, 4096);
        Range(path, "number of key/value heads", c.KeyValueHeadCount, 1, c.HeadCount);
        Range(path, "head size", c.HeadSize, 2, 1024);
        Range(path, "vocabulary size", c.VocabularySize, 1, MaximumVocabulary);
        Range(path, "context length", c.ContextLength, 1, MaximumVocabulary);
        if (c.HeadCount % c.KeyValueHeadCount != 0)
        {
            Throw.Data(path, $"{c.HeadCount} heads cannot share {c.KeyValueHeadCount} key/value heads evenly");
        }

        if (c.HeadSize % 2 != 0)
        {
            Throw.Data(path, $"head size {c.HeadSize} is odd; rotary positions need pairs");
        }

        Positive(path, "epsilon of RMSNorm", c.RmsNormEpsilon, 1);
        Positive(path, "RoPE base", c.RopeTheta, 1e12);
        Positive(path, "RoPE factor", c.RopeLinearFactor, 1e6);
        if (c.RopeFrequencyDivisors is { } divisors)
        {
            if (divisors.Count != c.HeadSize / 2)
            {
                Throw.Data(path, $"{divisors.Count} RoPE divisors for {c.HeadSize / 2} frequencies");
            }

            foreach (float divisor in divisors)
            {
                Positive(path, "RoPE divisor", divisor, 1e12);
            }
        }

        return c;
    }

    /// <summary>Refuses an integer outside its limits.</summary>
    internal static int Range(string path, string what, long value, int minimum, int maximum)
    {
        if (value < minimum || value > maximum)
        {
            Throw.Data(path, $"{what} is {value}, allowed is {minimum} to {maximum}");
        }

        return (int)value;
    }

    private static void Positive(string path, string what, double value, double maximum)
    {
        if (!(value > 0 && value <= maximum))
        {
            Throw.Data(path, FormattableString.Invariant($"{what} is {value}, allowed is above 0 up to {maximum}"));
        }
    }
}
