using Jmlr.Models.Packaging;

namespace Jmlr.Cli.Json;

/// <summary><c>model inspect --json</c>.</summary>
sealed record ModelJson(string Name, string Path, string Prompt, int QueryLength, int PassageLength, int ContextLength, IReadOnlyList<ModelPartJson> Parts, GeneratorJson? Generator)
{
    internal static ModelJson From(ModelFolder model, GeneratorJson? generator) => new(
        model.Manifest.Name, model.Path, model.Manifest.Prompt, model.Manifest.Retriever.QueryLength, model.Manifest.Retriever.PassageLength,
        model.Manifest.Generator?.ContextLength ?? 0,
        [.. model.Manifest.Parts.Select(part => new ModelPartJson(part.Path, part.Role, part.Bytes, part.Licence, part.Sha256, part.Source, true))],
        generator);
}

/// <summary>One part; it was checked when this was printed.</summary>
sealed record ModelPartJson(string Path, string Role, long Bytes, string Licence, string Sha256, string? Source, bool Verified);
