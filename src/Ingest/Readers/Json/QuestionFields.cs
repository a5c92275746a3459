using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Jmlr.Ingest.Readers.Json;

/// <summary>
/// A question as the known sets write it: MedQA (question, options, answer_idx), MedMCQA (opa..opd, cop, exp), MedQA-Reason and JMLR (input, output, output_reason),
/// instruction sets (instances), model reasonings (reasoning, gold) and our own form (topic, answer, reasoning).
/// </summary>
sealed record QuestionFields(string? Id, string? Topic, string Question, IReadOnlyList<(string Letter, string Text)> Options, string? Answer, string? Reasoning, string? Writer)
{
    private static readonly string[] ReasoningNames = ["reasoning", "output_reason", "exp", "explanation", "gpt4_explanation", "Complex_CoT", "rationale", "LONG_ANSWER"];

    /// <summary>True when the object looks like a question or a reasoning.</summary>
    public static bool Matches(JsonElement record) =>
        Has(record, "question") || Has(record, "Question") || Has(record, "QUESTION") || Has(record, "output_reason") || (Has(record, "input") && Has(record, "output"))
        || Has(record, "instances") || (Has(record, "reasoning") && Has(record, "id"));

    public static QuestionFields Read(JsonElement record, string? key)
    {
        JsonElement from = record.TryGetProperty("instances", out JsonElement instances) && instances.ValueKind == JsonValueKind.Object ? instances : record;
        string question = Text(from, "question") ?? Text(from, "Question") ?? Text(from, "QUESTION") ?? Text(from, "input") ?? "";
        List<(string, string)> options = OptionsOf(record);
        string? answer = Text(record, "answer_idx") ?? Text(record, "answer") ?? Text(record, "gold") ?? Text(from, "output") ?? Text(record, "final_decision");
        if (answer is null && record.TryGetProperty("cop", out JsonElement cop) && cop.ValueKind == JsonValueKind.Number && cop.TryGetInt32(out int number) && number is >= 1 and <= 5)
        {
            answer = ((char)('A' + number - 1)).ToString();
        }

        string? id = Text(record, "id") ?? Text(record, "qid") ?? Text(record, "question_id") ?? key;
        // Self-BioRAG's sets have "seed_task_9999" in every record.
        id = id?.StartsWith("seed_task", StringComparison.Ordinal) == true ? null : id;
        if (id is not null && Text(record, "dataset") is string set)
        {
            id = $"{set}:{id}";
        }

        string? reasoning = ReasoningNames.Select(name => Text(record, name)).FirstOrDefault(static text => text is not null);
        string?[] writer = [Text(record, "llm") ?? Text(record, "model"), Text(record, "mode")];
        return new QuestionFields(
            id, Text(record, "topic") ?? Text(record, "subject_name"), question, options, answer, reasoning,
            writer[0] is null ? null : string.Join('/', writer.Where(static part => part is not null)));
    }

    /// <summary>Question and options as printed.</summary>
    public string Stem()
    {
        StringBuilder stem = new(Question);
        foreach ((string letter, string text) in Options)
        {
            stem.Append('\n').Append(letter).Append(". ").Append(text);
        }

        return stem.ToString();
    }

    /// <summary>The answer with its letter and text, as far as known.</summary>
    public string? AnswerLine()
    {
        if (Answer is null)
        {
            return null;
        }

        foreach ((string letter, string text) in Options)
        {
            if (letter == Answer || text == Answer)
            {
                return $"Answer: {letter}. {text}";
            }
        }

        return Answer.StartsWith("Answer", StringComparison.OrdinalIgnoreCase) ? Answer : $"Answer: {Answer}";
    }

    private static List<(string, string)> OptionsOf(JsonElement record)
    {
        List<(string, string)> options = [];
        if (record.TryGetProperty("options", out JsonElement given) && given.ValueKind == JsonValueKind.Object)
        {
            options.AddRange(given.EnumerateObject().Select(static option => (option.Name, Scalar(option.Value) ?? "")));
        }
        else if (given.ValueKind == JsonValueKind.Array)
        {
            options.AddRange(given.EnumerateArray().Select(static (option, i) => (((char)('A' + (i % 26))).ToString(CultureInfo.InvariantCulture), Scalar(option) ?? "")));
        }
        else
        {
            foreach (char letter in "abcde")
            {
                if (Text(record, $"op{letter}") is string text)
                {
                    options.Add((char.ToUpperInvariant(letter).ToString(), text));
                }
            }
        }

        return options;
    }

    public static string? Text(JsonElement record, string name) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out JsonElement value) && Scalar(value) is string text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>True when <see cref="Text"/> gives one, mostly without decoding it.</summary>
    public static bool HasText(JsonElement record, string name) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out JsonElement value)
        && ((value.ValueKind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(value)[1] is > (byte)' ' and < 0x7F and not ((byte)'"' or (byte)'\\')) || Text(record, name) is not null);

    private static bool Has(JsonElement record, string name) => record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out _);

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
