using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Jmlr.Llm.Grammar.ByteAutomaton;

namespace Jmlr.Llm.Grammar;

/// <summary>
/// JSON schema to automaton. A subset: const, enum, string, integer, number, boolean, null, array, object, anyOf; no recursion. Objects have all their properties, in
/// the order of the schema. A keyword that is not known is refused, never ignored.
/// </summary>
sealed class SchemaCompiler(ByteAutomaton automaton)
{
    private const int MostDepth = 16, MostLength = 1024, DefaultLength = 256, MostItems = 64, DefaultItems = 16, MostIntegers = 1000;
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] s_notes = ["title", "description", "$schema", "$id", "$comment", "default", "examples"];

    /// <summary>Compiles a schema; a space may stand before the value, because some vocabularies begin with one.</summary>
    internal Piece Compile(JsonElement schema) => automaton.Sequence(automaton.Optional(automaton.Literal(" "u8)), Value(schema, 0));

    private Piece Value(JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MostDepth)
        {
            Throw.Usage(depth > MostDepth ? $"schema nested more than {MostDepth} deep" : "a schema must be a JSON object");
        }

        if (schema.TryGetProperty("const", out JsonElement constant))
        {
            Allow(schema, "const", "type");
            return Constant(constant);
        }

        if (schema.TryGetProperty("enum", out JsonElement values))
        {
            Allow(schema, "enum", "type");
            return automaton.Choice([.. Items(values, "enum").Select(Constant)]);
        }

        if (schema.TryGetProperty("anyOf", out JsonElement any))
        {
            Allow(schema, "anyOf");
            return automaton.Choice([.. Items(any, "anyOf").Select(one => Value(one, depth + 1))]);
        }

        string type = schema.TryGetProperty("type", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "(missing)";
        switch (type)
        {
            case "object":
                return Object(schema, depth);
            case "array":
                return Array(schema, depth);
            case "string":
                Allow(schema, "type", "minLength", "maxLength");
                (int least, int most) = Bounds(schema, "minLength", "maxLength", DefaultLength, MostLength);
                return automaton.Sequence(automaton.Literal("\""u8), automaton.Repeat(Character, least, most), automaton.Literal("\""u8));
            case "integer":
                return Integer(schema);
            case "number":
                Allow(schema, "type");
                return automaton.Sequence(Digits(), automaton.Optional(automaton.Sequence(automaton.Literal("."u8), automaton.Repeat(Digit, 1, 10))));
            case "boolean":
                Allow(schema, "type");
                return automaton.Choice(automaton.Literal("true"u8), automaton.Literal("false"u8));
            case "null":
                Allow(schema, "type");
                return automaton.Literal("null"u8);
            default:
                Throw.Usage($"schema type '{type}': object, array, string, integer, number, boolean and null are known");
                return default;
        }
    }

    private Piece Object(JsonElement schema, int depth)
    {
        Allow(schema, "type", "properties", "required", "additionalProperties");
        JsonProperty[] properties = schema.TryGetProperty("properties", out JsonElement listed) && listed.ValueKind == JsonValueKind.Object ? [.. listed.EnumerateObject()] : [];
        if (schema.TryGetProperty("required", out JsonElement required) && !Items(required, "required").Select(item => item.ToString()).Order().SequenceEqual(properties.Select(property => property.Name).Order()))
        {
            Throw.Usage("'required' must name all properties, or be left out: every property is written");
        }

        if (schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind != JsonValueKind.False)
        {
            Throw.Usage("'additionalProperties' can only be false");
        }

        List<Piece> pieces = [automaton.Literal("{"u8)];
        foreach (JsonProperty property in properties)
        {
            if (pieces.Count > 1)
            {
                pieces.Add(Comma());
            }

            pieces.Add(automaton.Literal(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(property.Name, s_plain) + ":")));
            pieces.Add(automaton.Optional(automaton.Literal(" "u8)));
            pieces.Add(Value(property.Value, depth + 1));
        }

        pieces.Add(automaton.Literal("}"u8));
        return automaton.Sequence([.. pieces]);
    }

    private Piece Array(JsonElement schema, int depth)
    {
        Allow(schema, "type", "items", "minItems", "maxItems");
        if (!schema.TryGetProperty("items", out JsonElement items))
        {
            Throw.Usage("an array needs 'items'");
        }

        (int least, int most) = Bounds(schema, "minItems", "maxItems", DefaultItems, MostItems);
        Piece open = automaton.Literal("["u8), close = automaton.Literal("]"u8);
        if (most == 0)
        {
            return automaton.Sequence(open, close);
        }

        Piece some = automaton.Sequence(Value(items, depth + 1), automaton.Repeat(() => automaton.Sequence(Comma(), Value(items, depth + 1)), Math.Max(least - 1, 0), most - 1));
        return automaton.Sequence(open, least == 0 ? automaton.Optional(some) : some, close);
    }

    private Piece Integer(JsonElement schema)
    {
        Allow(schema, "type", "minimum", "maximum");
        bool low = schema.TryGetProperty("minimum", out JsonElement minimum), high = schema.TryGetProperty("maximum", out JsonElement maximum);
        if (!low && !high)
        {
            return Digits();
        }

        if (!low || !high || !minimum.TryGetInt64(out long from) || !maximum.TryGetInt64(out long to) || from > to || to - from < 0 || to - from >= MostIntegers)
        {
            Throw.Usage($"'minimum' and 'maximum' of an integer stand together and span 1 to {MostIntegers} whole numbers");
            return default;
        }

        Piece[] numbers = new Piece[to - from + 1];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = automaton.Literal(Encoding.ASCII.GetBytes((from + i).ToString(CultureInfo.InvariantCulture)));
        }

        return automaton.Choice(numbers);
    }

    private Piece Constant(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            Throw.Usage("const and enum take strings, numbers, true, false and null");
        }

        return automaton.Literal(JsonSerializer.SerializeToUtf8Bytes(value, s_plain));
    }

    private Piece Comma() => automaton.Sequence(automaton.Literal(","u8), automaton.Optional(automaton.Literal(" "u8)));

    private Piece Digit() => automaton.Range((byte)'0', (byte)'9');

    // No leading zeros, at most 15 digits: exact in every JSON reader.
    private Piece Digits() => automaton.Sequence(
        automaton.Optional(automaton.Literal("-"u8)),
        automaton.Choice(automaton.Literal("0"u8), automaton.Sequence(automaton.Range((byte)'1', (byte)'9'), automaton.Repeat(Digit, 0, 14))));

    // One character of a string: well-formed UTF-8 (Unicode table 3-7) or a short escape.
    private Piece Character()
    {
        Piece Tail() => automaton.Range(0x80, 0xBF);
        Piece Escaped(char letter) => automaton.Literal([(byte)'\\', (byte)letter]);
        return automaton.Choice(
            automaton.Range(0x20, 0x21), automaton.Range(0x23, 0x5B), automaton.Range(0x5D, 0x7E),
            automaton.Sequence(automaton.Range(0xC2, 0xDF), Tail()),
            automaton.Sequence(automaton.Range(0xE0, 0xE0), automaton.Range(0xA0, 0xBF), Tail()),
            automaton.Sequence(automaton.Range(0xE1, 0xEC), Tail(), Tail()),
            automaton.Sequence(automaton.Range(0xED, 0xED), automaton.Range(0x80, 0x9F), Tail()),
            automaton.Sequence(automaton.Range(0xEE, 0xEF), Tail(), Tail()),
            automaton.Sequence(automaton.Range(0xF0, 0xF0), automaton.Range(0x90, 0xBF), Tail(), Tail()),
            automaton.Sequence(automaton.Range(0xF1, 0xF3), Tail(), Tail(), Tail()),
            automaton.Sequence(automaton.Range(0xF4, 0xF4), automaton.Range(0x80, 0x8F), Tail(), Tail()),
            Escaped('"'), Escaped('\\'), Escaped('n'), Escaped('t'));
    }

    private static (int Least, int Most) Bounds(JsonElement schema, string low, string high, int standard, int limit)
    {
        int least = schema.TryGetProperty(low, out JsonElement from) ? Count(from, low, limit) : 0;
        int most = schema.TryGetProperty(high, out JsonElement to) ? Count(to, high, limit) : Math.Max(standard, least);
        if (least > most)
        {
            Throw.Usage($"{low} {least} is above {high} {most}");
        }

        return (least, most);
    }

    private static int Count(JsonElement value, string keyword, int limit)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int count) || count < 0 || count > limit)
        {
            Throw.Usage($"{keyword} must be a whole number from 0 to {limit}");
            return 0;
        }

        return count;
    }

    private static JsonElement[] Items(JsonElement list, string keyword)
    {
        JsonElement[] items = list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
        if (items.Length == 0)
        {
            Throw.Usage($"'{keyword}' must be a list with at least one entry");
        }

        return items;
    }

    private static void Allow(JsonElement schema, params ReadOnlySpan<string> keywords)
    {
        foreach (JsonProperty property in schema.EnumerateObject())
        {
            if (!keywords.Contains(property.Name) && !s_notes.Contains(property.Name))
            {
                Throw.Usage($"schema keyword '{new string([.. property.Name.Take(40).Where(c => !char.IsControl(c))])}' is not supported here; known are {string.Join(", ", keywords.ToArray())}");
            }
        }
    }
}
