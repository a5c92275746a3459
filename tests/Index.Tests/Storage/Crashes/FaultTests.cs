using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>A disk that is full, failing or forbidden at any one call: a clean error, nothing lost, and the work can be done again.</summary>
public sealed class FaultTests
{
    // All faults at every call instead of one of them in turn: JMLR_TEST_FAULTS=1.
    private static readonly bool All = Environment.GetEnvironmentVariable("JMLR_TEST_FAULTS") == "1";

    [Fact]
    public void A_fault_at_any_call_is_a_clean_error_and_loses_nothing()
    {
        using var history = new RecordedHistory();
        int faults = 0;
        for (int step = 0; step < history.Steps.Count; step++)
        {
            Dictionary<string, byte[]> before = history.Before(step);
            int calls = history.Steps[step].EndCall - history.Steps[step].FirstCall;
            for (int call = 1; call <= calls; call++)
            {
                if (!All && call < calls - 15 && call % 9 != step)
                {
                    continue; // the calls of the commit are all tried, of those before it some
                }

                foreach (DiskFault fault in All ? Enum.GetValues<DiskFault>() : [(DiskFault)(call % 4)])
                {
                    faults += Try(history, before, step, call, fault) ? 1 : 0;
                }
            }
        }

        Assert.InRange(faults, 100, int.MaxValue);
    }

    private static bool Try(RecordedHistory history, Dictionary<string, byte[]> before, int step, int call, DiskFault fault)
    {
        string what = $"{history.Steps[step].Name} (step {step}), {fault} at call {call}";
        history.LayOut(before);
        var calls = new FailingCalls(call, fault);
        Exception? error = Record.Exception(() => history.Steps[step].Run(calls));
        Assert.True(error is null or JmlrOperationException, $"{what}: {error}");
        if (error is not null)
        {
            Assert.StartsWith("cannot write '", error.Message, StringComparison.Ordinal);
        }

        long found = 0;
        try
        {
            found = ManifestFile.ReadCurrent(history.Folder).Generation;
            IndexVerification verification = IndexVerifier.Verify(history.Folder, cancellation: TestContext.Current.CancellationToken);
            Assert.True(verification.Errors.All(fault => fault.File == "CURRENT"), $"{what}: {string.Join("; ", verification.Errors)}");
        }
        catch (JmlrOperationException nothing) when (step == 0)
        {
            Assert.StartsWith("there is no index", nothing.Message, StringComparison.Ordinal);
        }

        long former = step == 0 ? 0 : history.Steps[step - 1].After.Generation, after = history.Steps[step].After.Generation;
        Assert.True(found == after || (found == former && error is not null), $"{what}: generation {found} after {error?.Message ?? "success"}");

        if (found != after)
        {
            history.Steps[step].Run(null);
            Assert.True(history.EndsAs(step), $"{what}: done again, it does not end as the first time");
        }

        return calls.Failed;
    }
}
