using System.Text.Json;
using Jmlr.Query.Questions;

namespace Jmlr.Bench.Answers;

/// <summary>A question of the sample corpora.</summary>
sealed record SampleQuestion(string Id, MultipleChoice Question, string Answer, string Support)
{
    internal static List<SampleQuestion> ReadAll(string corpora) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(corpora, "questions"), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).Select(Read),
    ];

    private static SampleQuestion Read(JsonElement line) => new(
        line.GetProperty("id").GetString()!,
        new MultipleChoice(line.GetProperty("question").GetString()!, [.. line.GetProperty("options").EnumerateObject().Select(option => new AnswerOption(option.Name, option.Value.GetString()!))]),
        line.GetProperty("answer").GetString()!, line.GetProperty("support").GetString()!);
}
