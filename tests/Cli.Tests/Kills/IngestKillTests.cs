using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jmlr.Ingest.Store;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Tests.Kills;

/// <summary>kill -9 of the program while it ingests. JMLR_TEST_KILLS: how many (5 in the ordinary run).</summary>
public sealed class IngestKillTests
{
    [Fact]
    public void Killed_at_any_moment_the_workspace_holds_its_commits_and_the_same_command_finishes_the_work()
    {
        int wanted = int.Parse(Environment.GetEnvironmentVariable("JMLR_TEST_KILLS") ?? "5", CultureInfo.InvariantCulture);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("jmlr-kill-");
        try
        {
            string corpus = Path.Combine(folder.FullName, "corpus");
            KillCorpus.Write(corpus);
            Uninterrupted whole = new(Path.Combine(folder.FullName, "whole"), corpus);
            Assert.True(whole.Commits >= 4);
            Random random = new(wanted);
            int[] seen = new int[whole.Commits + 1];
            string workspace = "";
            for (int kills = 0, tries = 0; kills < wanted; tries++)
            {
                Assert.True(tries < 20 + (wanted * 3), $"{kills} kills in {tries} tries: the others came too late");
                // Some are killed again while they go on after a kill.
                workspace = workspace.Length > 0 && random.Next(3) == 0 ? workspace : Path.Combine(folder.FullName, $"w{tries}");
                if (!Kill(workspace, corpus, random, whole.Commits))
                {
                    workspace = "";
                    continue;
                }

                kills++;
                seen[Verify(workspace, whole)]++;
                string copy = Path.Combine(folder.FullName, $"copy{tries}");
                Copy(workspace, copy);
                Finish(copy, corpus, whole);
                Directory.Delete(copy, recursive: true);
            }

            TestContext.Current.SendDiagnosticMessage($"kills by number of commits: {string.Join(' ', seen)}");
            Assert.True(seen.Count(static times => times > 0) >= Math.Min(2, wanted), $"kills by number of commits: {string.Join(' ', seen)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Starts the program and kills it at a random moment; false when it was done by then.</summary>
    private static bool Kill(string workspace, string corpus, Random random, int commits)
    {
        using Process child = JmlrProcess.Start(["ingest", corpus, "-w", workspace, "--json"], folder: null);
        // A moment after a random commit, or anywhere in the start of the program.
        long goal = random.Next(8) == 0 ? -1 : random.Next(commits);
        string manifest = Path.Combine(new Workspace(workspace).StorePath, "manifest.json");
        while (!child.HasExited && Generation(manifest) < goal)
        {
            Thread.Sleep(1);
        }

        Thread.Sleep(random.Next(120));
        child.Kill(); // SIGKILL
        child.WaitForExit();
        return child.ExitCode == 128 + 9;
    }

    private static long Generation(string manifest)
    {
        try
        {
            return File.Exists(manifest) ? long.Parse(Regex.Match(File.ReadAllText(manifest), @"""generation"":\s*(\d+)").Groups[1].Value, CultureInfo.InvariantCulture) : -1;
        }
        catch (Exception error) when (error is IOException or FormatException)
        {
            return -1;
        }
    }

    /// <summary>Exactly the documents of the commits that are done, each as it was read; the number of commits.</summary>
    private static long Verify(string workspace, Uninterrupted whole)
    {
        string path = new Workspace(workspace).StorePath;
        if (!PassageStore.Exists(path))
        {
            return 0; // killed before there was a store
        }

        using PassageStore store = PassageStore.OpenForReading(path);
        Assert.Equal(whole.After(store.Generation), Uninterrupted.Digest(store, withState: false));
        return store.Generation;
    }

    private static void Finish(string workspace, string corpus, Uninterrupted whole)
    {
        JmlrRun run = JmlrProcess.Run("ingest", corpus, "-w", workspace, "--json");
        Assert.Equal(3, run.ExitCode); // broken lines and an empty file
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement result = json.RootElement;
        Assert.Equal(whole.Result.Read, result.GetProperty("read").GetInt64());
        Assert.Equal(whole.Result.Read, result.GetProperty("added").GetInt64() + result.GetProperty("updated").GetInt64() + result.GetProperty("unchanged").GetInt64());
        Assert.Equal(whole.Result.Rejected.Select(static r => $"{r.Path}: {r.Why}"), result.GetProperty("rejected").EnumerateArray().Select(static r => $"{r.GetProperty("path")}: {r.GetProperty("why")}"));
        using PassageStore store = PassageStore.OpenForReading(new Workspace(workspace).StorePath);
        Assert.Equal(whole.Contents, Uninterrupted.Digest(store, withState: true));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.Exists(from) ? Directory.GetFiles(from, "*", SearchOption.AllDirectories) : [])
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
