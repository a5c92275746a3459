using Jmlr.Ingest.Readers.Building;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jmlr.Ingest.Readers.Markdown;

/// <summary>YAML front matter. Only scalars at the top are read, event by event: nesting, anchors and aliases cannot do harm.</summary>
static class FrontMatter
{
    private const int MaxLength = 1 << 16;

    private static readonly Dictionary<string, string> Foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        ["author"] = "publisher",
        ["organization"] = "publisher",
        ["organisation"] = "publisher",
        ["date"] = "published",
        ["updated"] = "published",
        ["last_modified_at"] = "published",
        ["license"] = "licence",
        ["lang"] = "language",
        ["canonical_url"] = "url",
        ["country"] = "jurisdiction",
    };

    /// <summary>Reads the front matter into <paramref name="front"/> and returns where the body begins (0: there is none).</summary>
    public static int Read(string text, FrontData front, string path)
    {
        if (!text.StartsWith("---\n", StringComparison.Ordinal))
        {
            return 0;
        }

        int end = text.IndexOf("\n---", 3, Math.Min(text.Length - 3, MaxLength), StringComparison.Ordinal);
        int body = end < 0 ? -1 : text.IndexOf('\n', end + 1);
        if (end < 0 || !text.AsSpan(end + 4, (body < 0 ? text.Length : body) - end - 4).IsWhiteSpace())
        {
            return 0; // a thematic break, no front matter
        }

        Apply(text[4..Math.Max(4, end)], front, path);
        return body < 0 ? text.Length : body + 1;
    }

    private static void Apply(string yaml, FrontData front, string path)
    {
        Dictionary<string, string> weak = [];
        try
        {
            foreach ((string name, string value) in Scalars(yaml))
            {
                string field = name.StartsWith("jmlr:", StringComparison.OrdinalIgnoreCase) ? name[5..] : name;
                if (!front.Set(field.ToLowerInvariant(), value, strict: true) && Foreign.TryGetValue(field, out string? known))
                {
                    weak.TryAdd(known, value);
                }
            }
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException or ArgumentException)
        {
            // YamlDotNet throws bare exceptions for some malformed flow mappings.
            string where = error is YamlException yamlError ? $" (line {yamlError.Start.Line + 1})" : "";
            Throw.Data($"front matter is not valid YAML{where}: {error.InnerException?.Message ?? error.Message}".ReplaceLineEndings(" "), path, inner: error);
        }

        foreach ((string field, string value) in weak)
        {
            front.Set(field, value, strict: false);
        }
    }

    private static IEnumerable<(string Name, string Value)> Scalars(string yaml)
    {
        Parser parser = new(new StringReader(yaml));
        int depth = 0;
        string? name = null;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case MappingStart or SequenceStart:
                    depth++;
                    break;
                case MappingEnd or SequenceEnd:
                    depth--;
                    name = depth == 1 ? null : name; // a nested value ends
                    break;
                case Scalar scalar when depth == 1 && name is null:
                    name = scalar.Value;
                    break;
                case Scalar scalar when depth == 1:
                    yield return (name!, scalar.Value == "null" && scalar.Style == ScalarStyle.Plain ? "" : scalar.Value);
                    name = null;
                    break;
                case AnchorAlias when depth == 1:
                    name = null;
                    break;
            }
        }
    }
}
