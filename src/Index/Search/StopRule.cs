namespace Jmlr.Index.Search;

/// <summary>
/// Says when the next candidates, in the descending order of their approximations, are not worth scoring: how far scores lie above approximations is learned from
/// those that were scored, and the next one would have to lie far outside of that to come among the best.
/// </summary>
sealed class StopRule
{
    private const double Deviations = 3.25; // measured: docs/search.md
    private readonly TopScores _top = new();
    private double _sum, _squares;
    private int _count;

    internal void Begin(int wanted)
    {
        _top.Clear(wanted);
        (_sum, _squares, _count) = (0, 0, 0);
    }

    /// <summary>Learns from a candidate.</summary>
    internal void Add(float approximation, float score)
    {
        _top.Add(score);
        double above = score - approximation;
        _sum += above;
        _squares += above * above;
        _count++;
    }

    /// <summary>True when a candidate of this approximation and all behind it can be left out.</summary>
    internal bool IsOver(float approximation)
    {
        if (!_top.IsFull || _count == 0)
        {
            return false;
        }

        double mean = _sum / _count, deviation = Math.Sqrt(Math.Max(0, (_squares / _count) - (mean * mean)));
        return approximation + mean + (Deviations * deviation) < _top.Least;
    }
}
