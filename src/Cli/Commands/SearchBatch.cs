using System.Diagnostics;
using System.Globalization;
using Jmlr.Cli.Terminal;
using Jmlr.Models.Errors;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Commands;

/// <summary>Many searches from a file: a line is a query; blank lines are passed over, lines that cannot be a query are named and left out.</summary>
static class SearchBatch
{
    private const int AtOnce = 64;

    internal static int Run(string file, PassageRetriever retriever, RetrievalOptions options, TerminalOutput output, Action<RetrievalResult> print, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        int done = 0, refused = 0, number = 0;
        TimeSpan encoding = default, searching = default;
        var questions = new List<string>(AtOnce);
        using TextReader reader = file == "-" ? Console.In : Open(file);
        for (string? line = reader.ReadLine(); ; line = reader.ReadLine())
        {
            number++;
            if (Refuses(line, number))
            {
                refused++;
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                questions.Add(line);
            }

            if (questions.Count == AtOnce || (line is null && questions.Count > 0))
            {
                foreach (RetrievalResult result in retriever.RetrieveAll(questions, options, cancellation))
                {
                    encoding += result.EncodeTime;
                    searching += result.SearchTime;
                    print(result);
                }

                done += questions.Count;
                questions.Clear();
            }

            if (line is null)
            {
                break;
            }
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{done:N0} queries in {seconds:0.0} s: {done / Math.Max(seconds, 1e-6):0} a second, {done / Math.Max(searching.TotalSeconds, 1e-6):0} a second in the index, {done / Math.Max(encoding.TotalSeconds, 1e-6):0} a second encoded"));
        return refused > 0 ? ExitCode.SomeRejected : ExitCode.Done;
    }

    /// <summary>Names a line that is too long for a query.</summary>
    internal static bool Refuses(string? line, int number)
    {
        if (line is null || line.Length <= QuestionText.MaximumLength)
        {
            return false;
        }

        Console.Error.WriteLine($"jmlr: line {number}: a query of {line.Length} characters: at most {QuestionText.MaximumLength} are taken");
        return true;
    }

    private static StreamReader Open(string file)
    {
        try
        {
            return new StreamReader(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JmlrOperationException($"cannot read '{file}': {error.Message}", error);
        }
    }
}
