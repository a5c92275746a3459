using System.Globalization;
using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary>States, links and ages of documents, through the program.</summary>
public sealed class StatesTests
{
    [Fact]
    public void Links_are_shown_both_ways_withdrawn_is_a_state_and_age_is_that_of_the_guideline()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-states-").FullName;
        try
        {
            string workspace = Path.Combine(folder, "w"), data = Path.Combine(folder, "ward");
            string recent = DateTime.UtcNow.AddYears(-2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Directory.CreateDirectory(data);
            File.WriteAllText(Path.Combine(data, "old.md"), "---\npublished: 2001-01-01\n---\n# Old\n\nOld advice.\n");
            File.WriteAllText(Path.Combine(data, "new.md"), $"---\npublished: {recent}\nsupersedes: old\n---\n# New\n\nNew advice.\n");
            File.WriteAllText(Path.Combine(data, "gone.md"), "---\npublished: 2015-01-01\nwithdrawn: true\n---\n# Gone\n\nAdvice taken back.\n");
            File.WriteAllText(Path.Combine(data, "aged.md"), "---\npublished: 2005-01-01\n---\n# Aged\n\nAged advice.\n");
            File.WriteAllText(Path.Combine(data, "undated.md"), "# Undated\n\nAdvice without a date.\n");
            JmlrRun ingest = JmlrProcess.Run("ingest", data, "--jurisdiction", "UK", "--licence", "CC0", "-w", workspace);
            Assert.True(ingest.ExitCode == 0, ingest.Error);

            JsonElement source = Json("sources", "list", "-w", workspace).GetProperty("sources")[0];
            Assert.Equal((3, 1, 1, 1, 1), (Int(source, "documents"), Int(source, "superseded"), Int(source, "withdrawn"), Int(source, "stale"), Int(source, "undated")));
            Assert.Equal(("UK", "CC0"), (source.GetProperty("jurisdiction").GetString(), source.GetProperty("licence").GetString()));
            Assert.Equal(2, Int(Json("sources", "list", "--stale", "1", "-w", workspace).GetProperty("sources")[0], "stale"));
            Assert.Equal(2, JmlrProcess.Run("sources", "--stale", "0", "-w", workspace).ExitCode);
            JsonElement[] shown = [.. Json("sources", "show", "ward", "-w", workspace).GetProperty("documents").EnumerateArray()];
            Assert.Equal(["in_force True", "withdrawn False", "in_force False", "superseded False", "in_force False"], shown.Select(d => $"{d.GetProperty("state").GetString()} {d.GetProperty("stale").GetBoolean()}"));
            Assert.Equal("ward:new", shown[3].GetProperty("superseded_by")[0].GetString());

            JsonElement old = Json("show", "ward:old", "-w", workspace), replacement = Json("show", "ward:new", "-w", workspace), gone = Json("show", "ward:gone", "-w", workspace);
            Assert.Equal(("superseded", "ward:new", "ward:old"), (old.GetProperty("state").GetString(), old.GetProperty("superseded_by")[0].GetString(), replacement.GetProperty("supersedes").GetString()));
            Assert.Equal(("in_force", "withdrawn"), (replacement.GetProperty("state").GetString(), gone.GetProperty("state").GetString()));
            Assert.InRange(replacement.GetProperty("years").GetDouble(), 1.9, 2.1);
            Assert.Matches("replaced by +ward:new", JmlrProcess.Run("show", "ward:old", "-w", workspace).Output);
            Assert.All(JmlrProcess.Run("sources", "-w", workspace).Output.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static JsonElement Json(params string[] arguments)
    {
        JmlrRun run = JmlrProcess.Run([.. arguments, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
