namespace Jmlr.Models.Packaging;

/// <summary>What a manifest must hold beyond its types: paths inside the folder, hashes, lengths. Refusals name the JSON path.</summary>
static class ManifestCheck
{
    private const int MaximumLength = 1 << 20, Sha256Digits = 64;

    internal static void Check(ModelManifest manifest, string file)
    {
        if (manifest.Format != 1)
        {
            Throw.Manifest(file, $"$.format is {manifest.Format}: this program reads format 1");
        }

        CheckRetriever(manifest.Retriever, file);
        if (manifest.Generator is GeneratorSettings generator)
        {
            CheckPath(generator.Weights, "$.generator.weights", file);
            CheckPath(generator.Adapter, "$.generator.adapter", file);
            CheckRange(generator.ContextLength, 1, "$.generator.context_length", file);
            if (generator.RopeLinearFactor is double factor && !(double.IsFinite(factor) && factor > 0))
            {
                Throw.Manifest(file, $"$.generator.rope_linear_factor is {factor}: a number above 0 is needed");
            }
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < manifest.Parts.Count; i++)
        {
            CheckPart(manifest.Parts[i], $"$.parts[{i}]", seen, file);
        }
    }

    private static void CheckRetriever(RetrieverSettings retriever, string file)
    {
        CheckPath(retriever.Folder, "$.retriever.folder", file);
        CheckPath(retriever.Projection, "$.retriever.projection", file);
        // A sequence holds [CLS], the marker and [SEP] besides one token at least.
        CheckRange(retriever.QueryLength, 4, "$.retriever.query_length", file);
        CheckRange(retriever.PassageLength, 4, "$.retriever.passage_length", file);
    }

    private static void CheckPart(ModelPart? part, string at, HashSet<string> seen, string file)
    {
        if (part is null)
        {
            Throw.Manifest(file, $"{at} is null: an object is needed");
        }

        CheckPath(part.Path, $"{at}.path", file);
        if (!seen.Add(part.Path))
        {
            Throw.Manifest(file, $"{at}.path '{part.Path}' stands twice");
        }

        if (part.Sha256.Length != Sha256Digits || !part.Sha256.All(char.IsAsciiHexDigitLower))
        {
            Throw.Manifest(file, $"{at}.sha256 is '{part.Sha256}': {Sha256Digits} lower-case hex digits are needed");
        }

        if (part.Bytes < 0 || part.Role.Length == 0)
        {
            Throw.Manifest(file, $"{at} has {part.Bytes} bytes and role '{part.Role}': a size and a role are needed");
        }
    }

    // Absent is fine; what is there must stay inside the folder on every system.
    private static void CheckPath(string? path, string at, string file)
    {
        if (path is not null && (path.Length == 0 || Path.IsPathRooted(path) || path.Contains(':', StringComparison.Ordinal) || path.Any(char.IsControl) || path.Split('/', '\\').Contains("..")))
        {
            Throw.Manifest(file, $"{at} '{path}': a relative path inside the model folder is needed");
        }
    }

    private static void CheckRange(int value, int minimum, string at, string file)
    {
        if (value < minimum || value > MaximumLength)
        {
            Throw.Manifest(file, $"{at} is {value}: allowed are {minimum} to {MaximumLength}");
        }
    }
}
