using Jmlr.Models.Errors;

namespace Jmlr.Cli.Terminal;

/// <summary>Turns an exception into one line on standard error and an exit code. A stack trace is for developers only (JMLR_DEBUG=1).</summary>
static class ErrorReporter
{
    internal static int Report(Exception error)
    {
        Exception cause = error is AggregateException { InnerException: { } inner } ? inner : error;
        string line = cause switch
        {
            OperationCanceledException => "cancelled; nothing was left half-written",
            JmlrException or IOException or UnauthorizedAccessException => cause.Message,
            OutOfMemoryException => "out of memory: close other programs, or use a smaller model or --context",
            _ => $"internal error: {cause.GetType().Name}: {cause.Message} (set JMLR_DEBUG=1 for the details a bug report needs)",
        };
        Console.Error.WriteLine($"jmlr: {TerminalText.Clean(line).ReplaceLineEndings(" ")}");
        if (Environment.GetEnvironmentVariable("JMLR_DEBUG") == "1")
        {
            Console.Error.WriteLine(cause);
        }

        return ExitCode.Of(cause);
    }
}
