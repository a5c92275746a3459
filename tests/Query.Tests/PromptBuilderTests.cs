using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;
using Jmlr.Query.Prompting;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Tests;

/// <summary>A prompt that does not fit loses its lowest-ranked passages, never the question.</summary>
public sealed class PromptBuilderTests
{
    private static readonly MultipleChoice Question = new("Which dose of adrenaline is given?", [new AnswerOption("A", "0.5 mg"), new AnswerOption("B", "5 mg")]);

    [Fact]
    public void The_lowest_ranked_passage_goes_first()
    {
        using GgufFile file = new(Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf"));
        var tokenizer = GeneratorTokenizer.FromGguf(file);
        var builder = new PromptBuilder(tokenizer);
        RetrievedPassage[] passages = [.. Enumerable.Range(1, 4).Select(rank => new RetrievedPassage(rank, 1, 1, Passage(rank), null!))];
        BuiltPrompt whole = builder.Build(Question, passages, 4096);
        Assert.Equal(0, whole.Dropped);
        int size = whole.Ids.Count;
        for (int dropped = 1; dropped <= 4; dropped++)
        {
            BuiltPrompt prompt = builder.Build(Question, passages, size - 1);
            Assert.Equal(dropped, prompt.Dropped);
            Assert.Equal(passages.Take(4 - dropped), prompt.Passages);
            Assert.True(prompt.Ids.Count < size);
            string text = tokenizer.Decode(prompt.Ids);
            Assert.Contains("Which dose of adrenaline is given?\nA. 0.5 mg\nB. 5 mg", text, StringComparison.Ordinal);
            Assert.DoesNotContain($"says number {5 - dropped}", text, StringComparison.Ordinal);
            size = prompt.Ids.Count;
        }

        Assert.Throws<JmlrUsageException>(() => builder.Build(Question, passages, size - 1));
    }

    private static Passage Passage(int rank) => new()
    {
        Id = new PassageId(DocumentKey.Parse("s:p"), new DocumentVersion("0a", null), rank),
        Title = "Anaphylaxis",
        HeadingPath = [],
        Text = $"The guideline says number {rank} of many things.",
        Span = default,
    };
}
