using System.Text;
using System.Text.Json;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Grammar;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Grammar;

/// <summary>What a schema lets through, and that generated texts keep to it.</summary>
public sealed class OutputSchemaTests
{
    private const string Answer = """
        {"type": "object", "properties": {
            "choice": {"enum": ["A", "B", "C", "D"]},
            "cites": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 5}, "maxItems": 3}},
         "required": ["choice", "cites"], "additionalProperties": false}
        """;

    [Theory]
    [InlineData(Answer, """{"choice":"A","cites":[1,2]}""", true)]
    [InlineData(Answer, """ {"choice": "D", "cites": []}""", true)]
    [InlineData(Answer, """{"choice":"E","cites":[1]}""", false)]
    [InlineData(Answer, """{"choice":"A","cites":[6]}""", false)]
    [InlineData(Answer, """{"choice":"A","cites":[1,2,3,4]}""", false)]
    [InlineData(Answer, """{"choice":"A","cites":[1,]}""", false)]
    [InlineData(Answer, """{"cites":[1],"choice":"A"}""", false)]
    [InlineData(Answer, """{"choice":"A"}""", false)]
    [InlineData(Answer, """{"choice":"A","cites":[1]} """, false)]
    [InlineData("""{"type":"integer"}""", "-120", true)]
    [InlineData("""{"type":"integer"}""", "012", false)]
    [InlineData("""{"type":"integer"}""", "", false)]
    [InlineData("""{"type":"integer","minimum":-2,"maximum":11}""", "-2", true)]
    [InlineData("""{"type":"integer","minimum":-2,"maximum":11}""", "12", false)]
    [InlineData("""{"type":"number"}""", "0.25", true)]
    [InlineData("""{"type":"number"}""", "1.", false)]
    [InlineData("""{"type":"boolean"}""", "false", true)]
    [InlineData("""{"type":"null"}""", "null", true)]
    [InlineData("""{"type":"string","maxLength":3}""", "\"a≥😀\"", true)]
    [InlineData("""{"type":"string","maxLength":3}""", "\"abcd\"", false)]
    [InlineData("""{"type":"string","minLength":2}""", "\"a\"", false)]
    [InlineData("""{"type":"string"}""", "\"a\\\"b\\n\"", true)]
    [InlineData("""{"type":"string"}""", "\"a\nb\"", false)]
    [InlineData("""{"type":"string"}""", "\"a\"b\"", false)]
    [InlineData("""{"const":"µ \" x"}""", "\"µ \\\" x\"", true)]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","items":{"type":"boolean"},"minItems":2}]}""", "[true,false]", true)]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","items":{"type":"boolean"},"minItems":2}]}""", "[true]", false)]
    [InlineData("""{"type":"object","properties":{}}""", "{}", true)]
    public void Texts(string schema, string text, bool allowed) => Assert.Equal(allowed, OutputSchema.FromJsonSchema(schema).Matches(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Broken_UTF8_is_not_let_through()
    {
        var schema = OutputSchema.FromJsonSchema("""{"type":"string"}""");
        foreach (byte[] bytes in (byte[][])[[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x89], [0x80], [0xFF], [0x7F], [0x1F]])
        {
            Assert.False(schema.Matches([(byte)'"', .. bytes, (byte)'"']), Convert.ToHexString(bytes));
        }
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":"a+"}""", "pattern")]
    [InlineData("""{"type":"array"}""", "items")]
    [InlineData("""{"type":"array","items":{"type":"null"},"uniqueItems":true}""", "uniqueItems")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["a"]}""", "required")]
    [InlineData("""{"type":"object","additionalProperties":true}""", "additionalProperties")]
    [InlineData("""{"type":"integer","minimum":1}""", "minimum")]
    [InlineData("""{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}""", "minimum")]
    [InlineData("""{"type":"string","maxLength":100000}""", "maxLength")]
    [InlineData("""{"type":"string","minLength":9,"maxLength":3}""", "minLength")]
    [InlineData("""{"enum":[]}""", "enum")]
    [InlineData("""{"enum":[{"a":1}]}""", "enum")]
    [InlineData("""{"type":"date"}""", "date")]
    [InlineData("""{"$ref":"#"}""", "(missing)")]
    [InlineData("[]", "object")]
    [InlineData("{", "JSON")]
    public void Refused(string schema, string reason) =>
        Assert.Contains(reason, Assert.Throws<JmlrUsageException>(() => OutputSchema.FromJsonSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nested_and_huge_schemas_end_in_an_error()
    {
        string deep = """{"type":"null"}""", wide = """{"type":"string","maxLength":1024}""";
        for (int i = 0; i < 40; i++)
        {
            deep = $$"""{"type":"array","items":{{deep}},"maxItems":1}""";
        }

        wide = $$"""{"type":"array","items":{"type":"array","items":{{wide}},"maxItems":64},"maxItems":64}""";
        Assert.Throws<JmlrUsageException>(() => OutputSchema.FromJsonSchema(deep));
        Assert.Throws<JmlrUsageException>(() => OutputSchema.FromJsonSchema(wide));
    }

    [Fact]
    public void Random_walks_are_JSON()
    {
        var schema = OutputSchema.FromJsonSchema("""
            {"type":"object","properties":{"s":{"type":"string","maxLength":6},"n":{"type":"number"},"l":{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"boolean"}]}}}}
            """);
        Random random = new(1);
        ByteAutomaton automaton = schema.Automaton;
        for (int i = 0; i < 300; i++)
        {
            List<byte> text = [];
            int state = automaton.Start;
            while (!automaton.MustEnd(state))
            {
                // Every state lets some byte through.
                int[] bytes = [.. Enumerable.Range(0, 256).Where(value => automaton.Next(state, (byte)value) != ByteAutomaton.Dead)];
                Assert.NotEmpty(bytes);
                text.Add((byte)bytes[random.Next(bytes.Length)]);
                state = automaton.Next(state, text[^1]);
            }

            using var document = JsonDocument.Parse(text.ToArray());
            Assert.Equal(["s", "n", "l"], document.RootElement.EnumerateObject().Select(property => property.Name));
            Assert.InRange(document.RootElement.GetProperty("s").GetString()!.EnumerateRunes().Count(), 0, 6);
        }
    }

    [Fact]
    public void Generated_answers_keep_to_the_schema()
    {
        using IGenerator generator = GeneratorLoader.Open(Goldens.SmolLm2Path, new GeneratorLoadOptions { ContextLength = 512, Threads = 2 }, TestContext.Current.CancellationToken);
        var schema = OutputSchema.FromJsonSchema(Answer);
        foreach (GenerationOptions options in (GenerationOptions[])[new(), new() { RepetitionPenalty = 1.3f }, new() { Temperature = 2, Seed = 5 }, new() { Temperature = 100, Seed = 6 }, new() { Temperature = 1, TopP = 0.5f, Seed = 7 }])
        {
            List<int> prompt = [];
            generator.Tokenizer.EncodeChat([new("user", "Which letter comes first? Answer with JSON.")], addGenerationPrompt: true, prompt);
            GenerationResult result = generator.Generate(prompt, options with { Output = schema, MaxTokens = 40 }, null, TestContext.Current.CancellationToken);
            Assert.Equal(FinishReason.EndOfText, result.Reason);
            Assert.True(schema.Matches(Encoding.UTF8.GetBytes(result.Text)), result.Text);
            using var answer = JsonDocument.Parse(result.Text);
            Assert.Contains(answer.RootElement.GetProperty("choice").GetString(), (string?[])["A", "B", "C", "D"]);
            Assert.All(answer.RootElement.GetProperty("cites").EnumerateArray(), cite => Assert.InRange(cite.GetInt32(), 1, 5));
            GenerationResult plain = generator.Generate(prompt, options with { Output = schema, MaxTokens = 40, PromptLookup = false }, null, TestContext.Current.CancellationToken);
            Assert.Equal(plain.Text, result.Text);
        }
    }
}
