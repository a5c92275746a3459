using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary><c>sources rename</c>, through the program, with an index.</summary>
public sealed class RenameVerbTests
{
    [Fact]
    public void A_source_is_renamed_and_the_index_follows_without_encoding()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-rename-").FullName;
        try
        {
            string workspace = Path.Combine(folder, "w"), data = Path.Combine(folder, "ward");
            Directory.CreateDirectory(data);
            File.WriteAllText(Path.Combine(data, "drug.md"), "# Drug\n\nGive 20 mg a day of the drug.\n");
            File.WriteAllText(Path.Combine(data, "wait.md"), "# Wait\n\nWait for two hours after the drug.\n");
            Json(JmlrProcess.Run("ingest", data, "-w", workspace, "--json"));
            Json(JmlrProcess.Run("index", "build", "-w", workspace, "--json"));

            JmlrRun none = JmlrProcess.Run("sources", "rename", "other", "x", "-w", workspace);
            Assert.True(none.ExitCode == 2 && none.Error.Contains("'other'", StringComparison.Ordinal), none.Error);
            JsonElement renamed = Json(JmlrProcess.Run("sources", "rename", "ward", "clinic", "-w", workspace, "--json"));
            Assert.Equal(("ward", "clinic", 2, 2, 0), (renamed.GetProperty("from").GetString(), renamed.GetProperty("to").GetString(), renamed.GetProperty("documents").GetInt32(), renamed.GetProperty("versions").GetInt32(), renamed.GetProperty("links").GetInt32()));

            Assert.Contains("index update", JmlrProcess.Run("index", "status", "-w", workspace).Output, StringComparison.Ordinal);
            JsonElement update = Json(JmlrProcess.Run("index", "update", "-w", workspace, "--json"));
            Assert.Equal((2, 2, 0), (update.GetProperty("added").GetInt32(), update.GetProperty("removed").GetInt32(), update.GetProperty("encoded").GetInt32()));
            Assert.Contains("holds every version", JmlrProcess.Run("index", "status", "-w", workspace).Output, StringComparison.Ordinal);
            JsonElement hit = Json(JmlrProcess.Run("search", "how much of the drug", "-w", workspace, "--json")).GetProperty("hits")[0];
            Assert.Equal("clinic:drug", hit.GetProperty("document").GetString());
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
