namespace Jmlr.Llm.Generation;

/// <summary>
/// Decides whether a guess is worth running along: a step with guesses costs more than one without, how much more depends on model and machine, and how many
/// guesses hold depends on the text. All three are measured as the answer is written. The answer does not depend on it, only its speed.
/// </summary>
sealed class LookupGate
{
    private const double Weight = 0.2;
    private const int ProbeEvery = 16;
    private double _alone, _along, _held;
    private int _skipped;

    /// <summary>Forgets what was learnt about the text; the costs stay.</summary>
    internal void Begin() => (_held, _skipped) = (3, 0);

    /// <summary>Whether to run a guess now; every sixteenth one is tried in any case, because the text may have changed.</summary>
    internal bool IsWorth() => _alone == 0 || _along == 0 || 1 + _held > _along / _alone || ++_skipped % ProbeEvery == 0;

    /// <summary>A step without guesses took so long.</summary>
    internal void Alone(long ticks) => _alone = Mean(_alone, ticks);

    /// <summary>A step with guesses took so long.</summary>
    internal void Along(long ticks) => _along = Mean(_along, ticks);

    /// <summary>So many tokens of a guess held.</summary>
    internal void Held(int tokens) => _held = Mean(_held, tokens);

    private static double Mean(double mean, double value) => mean == 0 ? value : mean + (Weight * (value - mean));
}
