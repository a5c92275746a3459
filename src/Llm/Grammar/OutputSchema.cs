using System.Text.Json;

namespace Jmlr.Llm.Grammar;

/// <summary>
/// What a generated text must look like: a JSON value by a schema. Not thread-safe: it learns as it is used, and is best kept for all generations of one kind.
/// </summary>
public sealed class OutputSchema
{
    private const int LongestSchema = 1 << 16;

    private OutputSchema(ByteAutomaton automaton) => Automaton = automaton;

    /// <summary>The texts that are allowed.</summary>
    internal ByteAutomaton Automaton { get; }

    /// <summary>Masks of the tokenizer that used it last.</summary>
    internal TokenMasks? Masks { get; set; }

    /// <summary>Compiles a JSON schema (const, enum, string, integer, number, boolean, null, array, object, anyOf); what is not supported is refused.</summary>
    public static OutputSchema FromJsonSchema(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Length > LongestSchema)
        {
            Throw.Usage($"a schema of {schema.Length} characters: at most {LongestSchema} are taken");
        }

        try
        {
            using var document = JsonDocument.Parse(schema);
            var automaton = new ByteAutomaton();
            automaton.Finish(new SchemaCompiler(automaton).Compile(document.RootElement));
            return new OutputSchema(automaton);
        }
        catch (JsonException error)
        {
            Throw.Usage($"the schema is no JSON: {error.Message.ReplaceLineEndings(" ")}");
            throw;
        }
    }

    /// <summary>Whether <paramref name="text"/> (UTF-8) is a whole text of this schema.</summary>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        int state = Automaton.Start;
        foreach (byte value in text)
        {
            state = Automaton.Next(state, value);
            if (state == ByteAutomaton.Dead)
            {
                return false;
            }
        }

        return Automaton.MayEnd(state);
    }
}
