using System.Diagnostics;
using System.Globalization;
using System.Text;
using Jmlr.Models.Progress;

namespace Jmlr.Cli.Terminal;

/// <summary>
/// One line on standard error for a long operation: share done, rates, time left; redrawn at most ten times a second, and only when the
/// operation takes more than a moment. Without a terminal it stays silent.
/// </summary>
sealed class ProgressLine(TerminalOutput output) : IProgress<ProgressReport>, IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private const int BarWidth = 24;

    private readonly Lock _gate = new();
    private string _stage = "";
    private long _started;
    private long _drawn;
    private bool _visible;

    /// <inheritdoc/>
    public void Report(ProgressReport value)
    {
        if (!output.Bars)
        {
            return;
        }

        lock (_gate)
        {
            if (value.Stage != _stage)
            {
                Finish();
                _stage = value.Stage;
                _started = Stopwatch.GetTimestamp();
                _drawn = 0;
            }

            bool last = value.Total > 0 && value.Done >= value.Total;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
            if (elapsed < Delay || (!last && _drawn != 0 && Stopwatch.GetElapsedTime(_drawn) < Interval))
            {
                return;
            }

            _drawn = Stopwatch.GetTimestamp();
            _visible = true;
            string line = Format(value, elapsed);
            int width = Math.Max(20, Console.WindowWidth - 1);
            Console.Error.Write($"\r\e[2K{(line.Length <= width ? line : line[..width])}");
        }
    }

    /// <summary>Ends the line so that what follows starts on a new one.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Finish();
        }
    }

    internal static string Format(ProgressReport value, TimeSpan elapsed)
    {
        var line = new StringBuilder();
        double seconds = Math.Max(elapsed.TotalSeconds, 1e-3);
        line.Append(CultureInfo.InvariantCulture, $"{value.Stage,-8} ");
        if (value.Total > 0)
        {
            double share = Math.Clamp((double)value.Done / value.Total, 0, 1);
            int filled = (int)(share * BarWidth);
            line.Append('[').Append('#', filled).Append('.', BarWidth - filled).Append(']');
            line.Append(CultureInfo.InvariantCulture, $" {share * 100,3:0}%  {value.Done:N0}/{value.Total:N0} {value.Unit}");
        }
        else
        {
            line.Append(CultureInfo.InvariantCulture, $"{value.Done:N0} {value.Unit}");
        }

        line.Append(CultureInfo.InvariantCulture, $"  {Rate(value.Done / seconds)} {value.Unit}/s");
        if (value.WorkUnit is not null && value.Work > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $"  {Rate(value.Work / seconds)} {value.WorkUnit}/s");
        }

        if (value.Done > 0 && value.Total > value.Done)
        {
            TimeSpan left = TimeSpan.FromSeconds(seconds * (value.Total - value.Done) / value.Done);
            line.Append(CultureInfo.InvariantCulture, $"  {(int)left.TotalMinutes}:{left.Seconds:00} left");
        }

        return line.ToString();
    }

    private static string Rate(double value) => value.ToString(value < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private void Finish()
    {
        if (_visible)
        {
            Console.Error.Write("\r\e[2K");
            _visible = false;
        }
    }
}
