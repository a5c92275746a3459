using Jmlr.Models.Errors;

namespace Jmlr.Cli;

/// <summary>Exit codes, as promised in the README.</summary>
static class ExitCode
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Usage = 2;
    internal const int SomeRejected = 3;
    internal const int Integrity = 4;
    internal const int Cancelled = 130;

    internal static int Of(Exception error) => error switch
    {
        JmlrUsageException => Usage,
        JmlrIntegrityException => Integrity,
        OperationCanceledException => Cancelled,
        _ => Failed,
    };
}
