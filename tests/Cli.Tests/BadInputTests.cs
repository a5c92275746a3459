using System.Diagnostics;

namespace Jmlr.Cli.Tests;

/// <summary>Bad input ends in one clear line and the right exit code, never in a stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2, "nonsense")]
    [InlineData(2, "search")]
    [InlineData(2, "search", "words", "--top", "0")]
    [InlineData(2, "search", "words", "--topp", "3")]
    [InlineData(2, "search", "words", "--threads", "0")]
    [InlineData(2, "ask", "question", "-o", "only one option")]
    [InlineData(2, "ask", "question", "--temperature", "nan")]
    [InlineData(2, "index", "build", "--bits", "3")]
    [InlineData(2, "index", "build", "--buckets", "lloyd")]
    [InlineData(2, "ingest", ".", "--format", "wav")]
    [InlineData(2, "show", "no-colon", "-w", "{filled}")]
    [InlineData(2, "search", "words", "--kind", "nonsense")]
    [InlineData(2, "search", "words", "--as-of", "2021-02-30")]
    [InlineData(2, "search", "words", "--from", "2021", "--to", "2020-12-31")]
    [InlineData(2, "ask", "words", "--grade", " ")]
    [InlineData(2, "search", "words", "--batch", "file")]
    [InlineData(2, "search", "words", "--plan", "fast")]
    [InlineData(2, "search", "words", "--plan", "hybrid", "--lexical-weight", "1.5")]
    [InlineData(2, "search", "words", "--plan", "hybrid", "--fusion", "sum")]
    [InlineData(1, "search", "--batch", "{nowhere}", "-w", "{filled}")]
    [InlineData(2, "eval", "retrieval")]
    [InlineData(2, "eval", "retrieval", "--beir", "{nowhere}")]
    [InlineData(1, "eval", "retrieval", "--beir", "{nowhere}", "--compare", "{nowhere}")]
    [InlineData(1, "search", "words", "-w", "{nowhere}")]
    [InlineData(1, "index", "build", "-w", "{nowhere}")]
    [InlineData(1, "search", "words", "-w", "{filled}")]
    [InlineData(1, "index", "build", "-w", "{filled}", "--model", "{nowhere}")]
    public void Wrong_use_and_missing_things(int expected, params string[] arguments)
    {
        string filled = Path.Combine(_folder, "filled");
        if (arguments.Contains("{filled}"))
        {
            File.WriteAllText(Path.Combine(_folder, "a.md"), "# Title\n\nSome text about aspirin and fever in adults.\n");
            Assert.Equal(0, JmlrProcess.Run("ingest", Path.Combine(_folder, "a.md"), "-w", filled).ExitCode);
        }

        JmlrRun run = JmlrProcess.Run([.. arguments.Select(argument => argument.Replace("{filled}", filled, StringComparison.Ordinal).Replace("{nowhere}", Path.Combine(_folder, "nowhere"), StringComparison.Ordinal))]);
        Assert.True(run.ExitCode == expected, $"exit {run.ExitCode}: {run.Error}");
        AssertOneClearLine(run, expected == 2 ? 2 : 1);
    }

    [Fact]
    public void Unreadable_files_are_rejected_and_the_rest_is_taken()
    {
        File.WriteAllText(Path.Combine(_folder, "good.md"), "# Fever\n\nParacetamol lowers fever in adults and children.\n");
        File.WriteAllText(Path.Combine(_folder, "empty.md"), "");
        File.WriteAllBytes(Path.Combine(_folder, "binary.bin"), [0, 1, 2, 255, 254, 0, 7, 7, 7, 0, 0, 1]);
        JmlrRun run = JmlrProcess.Run("ingest", _folder, "-w", Path.Combine(_folder, ".workspace"), "--json");
        Assert.Equal(3, run.ExitCode);
        using var json = System.Text.Json.JsonDocument.Parse(run.Output);
        Assert.Equal(1, json.RootElement.GetProperty("added").GetInt32());
        Assert.True(json.RootElement.GetProperty("rejected").GetArrayLength() >= 1);
        Assert.All(json.RootElement.GetProperty("rejected").EnumerateArray(), rejected => Assert.False(string.IsNullOrEmpty(rejected.GetProperty("why").GetString())));
    }

    [Fact]
    public void An_altered_model_file_is_refused_with_exit_code_4()
    {
        string model = Path.Combine(_folder, "model");
        Directory.CreateDirectory(Path.Combine(model, "retriever"));
        string shipped = Path.Combine(SharedData.Repository, "models", "jmlr-mini");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(shipped, "retriever")))
        {
            File.Copy(file, Path.Combine(model, "retriever", Path.GetFileName(file)));
        }

        Directory.CreateSymbolicLink(Path.Combine(model, "joint"), Path.Combine(shipped, "joint"));
        Directory.CreateSymbolicLink(Path.Combine(model, "generator"), Path.Combine(shipped, "generator"));
        File.Copy(Path.Combine(shipped, "model.json"), Path.Combine(model, "model.json"));
        using (FileStream weights = new(Path.Combine(model, "retriever", "model.safetensors"), FileMode.Open, FileAccess.ReadWrite))
        {
            weights.Position = weights.Length - 100;
            int value = weights.ReadByte();
            weights.Position--;
            weights.WriteByte((byte)(value ^ 1));
        }

        JmlrRun run = JmlrProcess.Run("model", "inspect", "--model", model);
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("model.safetensors", run.Error, StringComparison.Ordinal);
        AssertOneClearLine(run, 1);
    }

    [Fact]
    public void An_interrupt_leaves_nothing_half_written()
    {
        string workspace = Path.Combine(_folder, "workspace");
        Assert.Equal(0, JmlrProcess.Run("ingest", Path.Combine(SharedData.Repository, "corpora", "guidelines"), "-w", workspace).ExitCode);
        using (Process build = JmlrProcess.Start(["index", "build", "-w", workspace], null))
        {
            Thread.Sleep(2500);
            using Process kill = Process.Start("kill", ["-INT", build.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            Assert.True(build.WaitForExit(60_000));
            Assert.True(build.ExitCode is 130 or 0, $"exit {build.ExitCode}: {build.StandardError.ReadToEnd()}");
            if (build.ExitCode == 130)
            {
                Assert.Equal(1, JmlrProcess.Run("search", "fever", "-w", workspace).ExitCode);
            }
        }

        Assert.Equal(0, JmlrProcess.Run("index", "build", "-w", workspace).ExitCode);
        Assert.Equal(0, JmlrProcess.Run("index", "verify", "-w", workspace).ExitCode);
    }

    private static void AssertOneClearLine(JmlrRun run, int atMost)
    {
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 1, atMost);
        Assert.StartsWith("jmlr: ", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", run.Error, StringComparison.Ordinal);
    }
}
