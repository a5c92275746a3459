using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary>Sources and versions, through the program; no index is needed.</summary>
public sealed class SourcesTests
{
    [Fact]
    public void Sources_are_listed_shown_and_removed_and_old_versions_stay_readable()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-sources-").FullName;
        try
        {
            string workspace = Path.Combine(folder, "w"), data = Path.Combine(folder, "ward");
            Directory.CreateDirectory(data);
            foreach ((string date, string dose) in new[] { ("2019-01-01", "10 mg"), ("2023-02-03", "20 mg") })
            {
                File.WriteAllText(Path.Combine(data, "drug.md"), $"---\ntitle: Drug\npublished: {date}\n---\n\nGive {dose} a day.\n");
                Assert.Equal(0, JmlrProcess.Run("ingest", data, "-w", workspace).ExitCode);
            }

            JsonElement detail = Json(JmlrProcess.Run("sources", "show", "ward", "-w", workspace, "--json"));
            Assert.Equal((1, 1, 2), (detail.GetProperty("source").GetProperty("documents").GetInt32(), detail.GetProperty("source").GetProperty("superseded").GetInt32(), detail.GetProperty("documents").GetArrayLength()));
            Assert.Contains("20 mg", JmlrProcess.Run("show", "ward:drug", "-w", workspace).Output, StringComparison.Ordinal);
            Assert.Contains("10 mg", JmlrProcess.Run("show", "ward:drug", "--version", "2019", "-w", workspace).Output, StringComparison.Ordinal);
            Assert.Contains("10 mg", JmlrProcess.Run("show", "ward:drug", "--as-of", "2022-12-31", "-w", workspace).Output, StringComparison.Ordinal);
            Assert.Equal(2, JmlrProcess.Run("show", "ward:drug", "--version", "2020", "-w", workspace).ExitCode);
            Assert.Equal(2, JmlrProcess.Run("sources", "remove", "other", "-w", workspace).ExitCode);
            Assert.Equal(1, Json(JmlrProcess.Run("sources", "remove", "ward", "-w", workspace, "--json")).GetProperty("documents").GetInt32());
            Assert.Equal(0, Json(JmlrProcess.Run("sources", "list", "-w", workspace, "--json")).GetProperty("sources").GetArrayLength());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonElement Json(JmlrRun run)
    {
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
