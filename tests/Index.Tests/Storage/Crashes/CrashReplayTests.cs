namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>A power cut after any call to the file system, with any part of what was not flushed on the disk, leaves the state before or after.</summary>
public sealed class CrashReplayTests
{
    // A longer run: JMLR_TEST_CRASH_POINTS=100000.
    private static readonly int Points = int.TryParse(Environment.GetEnvironmentVariable("JMLR_TEST_CRASH_POINTS"), out int points) ? Math.Clamp(points, 100, 10_000_000) : 2500;

    [Fact]
    public void Every_crash_leaves_the_state_before_or_after_and_the_work_can_be_done_again()
    {
        using var history = new RecordedHistory();
        var replay = new CrashReplay(history);
        string? wrong = replay.Run(Points, seed: 17);
        Assert.True(wrong is null, wrong);
        TestContext.Current.SendDiagnosticMessage($"{replay.Points} crash points after {history.Calls.Count} calls, {replay.Finished} finished");
        Assert.InRange(replay.Points, Points * 3 / 4, int.MaxValue);
        Assert.InRange(replay.Finished, Points / 200, int.MaxValue);
    }

    [Theory]
    [InlineData(FileCallKind.Sync)]
    [InlineData(FileCallKind.SyncFolder)]
    [InlineData(FileCallKind.SyncParent)]
    internal void A_flush_left_out_would_be_noticed(FileCallKind kind)
    {
        using var history = new RecordedHistory();
        Assert.NotNull(new CrashReplay(history, call => call == kind).Run(4000, seed: 17));
    }
}
