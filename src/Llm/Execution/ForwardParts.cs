using System.Diagnostics;

namespace Jmlr.Llm.Execution;

/// <summary>Parts of a forward pass.</summary>
enum ForwardPart
{
    /// <summary>Embedding rows and angles.</summary>
    Start,
    /// <summary>Sums, norms, gates, quantised inputs.</summary>
    Inputs,
    /// <summary>Query, key and value.</summary>
    QueryKeyValue,
    /// <summary>Rotation, and storing keys and values.</summary>
    Positions,
    Attention,
    AttentionOutput,
    GateUp,
    Down,
    /// <summary>The output matrix.</summary>
    Output,
    /// <summary>Weights to bf16, for long prompts.</summary>
    Widening,
}

/// <summary>Where the time of forward passes goes; for benchmarks.</summary>
sealed class ForwardParts
{
    private readonly long[] _ticks = new long[Enum.GetValues<ForwardPart>().Length];
    private long _last;

    /// <summary>A pass begins.</summary>
    internal void Begin() => _last = Stopwatch.GetTimestamp();

    /// <summary>What was done since the last call was <paramref name="part"/>.</summary>
    internal void Lap(ForwardPart part)
    {
        long now = Stopwatch.GetTimestamp();
        _ticks[(int)part] += now - _last;
        _last = now;
    }

    /// <summary>Milliseconds of each part for one of <paramref name="passes"/> passes.</summary>
    internal string Describe(int passes) =>
        string.Join(", ", Enum.GetValues<ForwardPart>().Select(part => FormattableString.Invariant($"{part} {_ticks[(int)part] * 1e3 / Stopwatch.Frequency / passes:F2}")));
}
