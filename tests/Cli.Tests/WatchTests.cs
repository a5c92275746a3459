using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary><c>ingest --watch</c>, as a child process that is ended by Ctrl-C.</summary>
public sealed class WatchTests
{
    // A shell starts background jobs with Ctrl-C ignored, and children inherit that: then the other signal that ends a verb is sent.
    private static readonly string Interrupt = IgnoresCtrlC() ? "-TERM" : "-INT";

    [Fact]
    public async Task A_folder_is_kept_in_step_until_it_is_interrupted()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-watch-").FullName;
        try
        {
            string workspace = Path.Combine(folder, "w"), data = Path.Combine(folder, "ward");
            Directory.CreateDirectory(data);
            File.WriteAllText(Path.Combine(data, "a.md"), "# A\n\nGive oxygen.\n");
            using Process watch = JmlrProcess.Start(["ingest", "--watch", data, "--interval", "0.2", "-w", workspace, "--json"], folder);
            try
            {
                Assert.Equal((1, 0, 0, 0), await Next(watch));
                File.WriteAllText(Path.Combine(data, "b.md"), "# B\n\nGive fluids.\n");
                File.WriteAllText(Path.Combine(data, "c.md"), "# C\n\nWait.\n");
                (int Added, int Updated, int Removed, int Rejected) two = await Next(watch);
                Assert.InRange(two.Added, 1, 2); // the second file may come a look later
                if (two.Added == 1)
                {
                    Assert.Equal((1, 0, 0, 0), await Next(watch));
                }

                File.WriteAllText(Path.Combine(data, "a.md"), "# A\n\nGive oxygen at once.\n");
                Assert.Equal((0, 1, 0, 0), await Next(watch));
                File.Delete(Path.Combine(data, "b.md"));
                Assert.Equal((0, 0, 1, 0), await Next(watch));
                JmlrRun sources = JmlrProcess.Run("sources", "--json", "-w", workspace); // the store is free meanwhile
                Assert.Equal(2, JsonDocument.Parse(sources.Output).RootElement.GetProperty("sources")[0].GetProperty("documents").GetInt32());
                using (Process interrupt = Process.Start("kill", [Interrupt, watch.Id.ToString(CultureInfo.InvariantCulture)]))
                {
                    await interrupt.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                Assert.True(watch.WaitForExit(60_000), "Ctrl-C did not end it");
                Assert.Equal((0, ""), (watch.ExitCode, await watch.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
            }
            finally
            {
                if (!watch.HasExited)
                {
                    watch.Kill(entireProcessTree: true);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--watch needs one folder", "--watch", "no-such-folder")]
    [InlineData("--interval", "--watch", ".", "--interval", "0")]
    public void What_cannot_be_watched_is_a_usage_error(string said, params string[] arguments)
    {
        JmlrRun run = JmlrProcess.Run(["ingest", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    private static async Task<(int Added, int Updated, int Removed, int Rejected)> Next(Process watch)
    {
        string? line = await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.NotNull(line);
        JsonElement json = JsonDocument.Parse(line).RootElement, change = json.GetProperty("change");
        return (change.GetProperty("added").GetInt32(), change.GetProperty("updated").GetInt32(), json.GetProperty("removed").GetInt32(), change.GetProperty("rejected").GetArrayLength());
    }

    private static bool IgnoresCtrlC()
    {
        const string field = "SigIgn:", status = "/proc/self/status";
        string? mask = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) : null;
        return mask is not null && (ulong.Parse(mask[field.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0; // SIGINT is signal 2
    }
}
