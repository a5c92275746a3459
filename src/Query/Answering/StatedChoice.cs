using System.Globalization;
using System.Text.Json;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Grammar;

namespace Jmlr.Query.Answering;

/// <summary>What the generator itself writes as its answer, held to a schema: an option, and the ranks of the passages it leans on.</summary>
/// <param name="Choice">Letter of an option.</param>
/// <param name="Cites">Ranks of passages, none twice.</param>
public sealed record StatedChoice(string Choice, IReadOnlyList<int> Cites)
{
    /// <summary>Most tokens that it may take.</summary>
    internal const int MostTokens = 64;

    private const int MostCites = 3;

    /// <summary>Lets the generator write the answer to <paramref name="prompt"/>; null when there is no passage to cite or the context ends before it.</summary>
    internal static StatedChoice? Write(IGenerator generator, IReadOnlyList<int> prompt, IReadOnlyList<string> letters, int passages, CancellationToken cancellation)
    {
        if (passages == 0)
        {
            return null;
        }

        string schema = string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "type": "object",
              "properties": {
                "choice": { "enum": {{JsonSerializer.Serialize(letters)}} },
                "cites": { "type": "array", "items": { "type": "integer", "minimum": 1, "maximum": {{passages}} }, "minItems": 1, "maxItems": {{Math.Min(MostCites, passages)}} }
              }
            }
            """);
        GenerationResult written = generator.Generate(prompt, new GenerationOptions { MaxTokens = MostTokens, Output = OutputSchema.FromJsonSchema(schema) }, null, cancellation);
        if (written.Reason != FinishReason.EndOfText)
        {
            return null;
        }

        using var json = JsonDocument.Parse(written.Text);
        return new StatedChoice(
            json.RootElement.GetProperty("choice").GetString()!,
            [.. json.RootElement.GetProperty("cites").EnumerateArray().Select(cite => cite.GetInt32()).Distinct()]);
    }
}
