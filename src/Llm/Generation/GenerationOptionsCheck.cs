namespace Jmlr.Llm.Generation;

/// <summary>Limits of the options.</summary>
static class GenerationOptionsCheck
{
    /// <summary>Refuses values outside their limits, naming the option.</summary>
    internal static void Require(GenerationOptions o)
    {
        Check(o.MaxTokens >= 0, "MaxTokens", o.MaxTokens, "0 or more");
        Check(o.Temperature is >= 0 and <= 100, "Temperature", o.Temperature, "0 to 100");
        Check(o.TopK >= 0, "TopK", o.TopK, "0 or more");
        Check(o.TopP is >= 0 and <= 1, "TopP", o.TopP, "0 to 1");
        Check(o.MinP is >= 0 and <= 1, "MinP", o.MinP, "0 to 1");
        Check(o.RepetitionPenalty is > 0 and <= 100, "RepetitionPenalty", o.RepetitionPenalty, "above 0 to 100");
    }

    private static void Check(bool good, string name, double value, string allowed)
    {
        if (!good)
        {
            Throw.Usage(FormattableString.Invariant($"{name} is {value}, allowed is {allowed}"));
        }
    }
}
