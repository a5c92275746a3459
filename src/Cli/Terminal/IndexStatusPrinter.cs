using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Index.Storage;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Terminal;

/// <summary>The lines of <c>index status</c> that judge: does the codec still fit, is the index what the store holds.</summary>
static class IndexStatusPrinter
{
    private const int MostNamed = 10;

    internal static void PrintRecall(IndexStatus status, TerminalOutput output)
    {
        if (status.Recall.Count > 0)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"plan plaid     {status.Probes} probes; of the ten best it found {string.Join(", ", status.Recall.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Recall:0.000} with {row.Probes}")))}"));
        }
    }

    internal static void PrintFit(IndexStatus status, TerminalOutput output)
    {
        string drift = status.Drift is double known ? known.ToString("+0.0%;-0.0%;0.0%", CultureInfo.InvariantCulture) : "not known: the index was taken over";
        string codecs = status.Codecs > 1 ? $", {status.Codecs} codecs ('jmlr index build' makes them one)" : "";
        output.Line($"drift          {drift}{codecs}");
        if (status.DriftedPassages > 0)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"               {status.DriftedPassages:N0} passages are coded over 10% worse than the sample of their codec; an update that adds enough such gives them one of their own"));
        }

        if (status.Outgrown)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"               the index has grown {status.Fits.Min(fit => fit.Growth):0.0}-fold since its codec was trained: 'jmlr index build' makes one of its size"));
        }
    }

    internal static void PrintStale(Staleness stale, TerminalOutput output)
    {
        if (stale.Documents.Count == 0)
        {
            output.Line("store          the index holds every version of the store");
            return;
        }

        IEnumerable<string> counts = stale.Documents.GroupBy(document => document.State).OrderBy(group => group.Key)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count():N0} {JsonNames.Of(group.Key)}"));
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"store          {stale.Documents.Count:N0} document versions are not as in the store ({string.Join(", ", counts)}; {stale.Passages:N0} passages): run 'jmlr index update'"));
        foreach (StaleDocument document in stale.Documents.Take(MostNamed))
        {
            output.Line($"               {JsonNames.Of(document.State)} {TerminalText.OneLine(document.Id, 200)}");
        }

        if (stale.Documents.Count > MostNamed)
        {
            output.Line(string.Create(CultureInfo.InvariantCulture, $"               and {stale.Documents.Count - MostNamed:N0} more ('--json' names them)"));
        }
    }
}
