using System.Text.Json.Serialization;

namespace Jmlr.Models.Packaging;

/// <summary>One file of a model folder.</summary>
public sealed record ModelPart
{
    /// <summary>Path inside the model folder, with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>What it is for: "retriever", "projection", "generator", "adapter".</summary>
    public required string Role { get; init; }

    /// <summary>SHA-256, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>SPDX licence identifier.</summary>
    public required string Licence { get; init; }

    /// <summary>Where it comes from.</summary>
    public string? Source { get; init; }
}

/// <summary>Settings of the retriever (ColBERT names).</summary>
public sealed record RetrieverSettings
{
    /// <summary>Folder of the encoder inside the model folder.</summary>
    public required string Folder { get; init; }

    /// <summary>File of the projection (<c>linear.weight</c>) inside the model folder; null when the encoder's own file holds it.</summary>
    public string? Projection { get; init; }

    /// <summary>Tokens of a query, markers included.</summary>
    public int QueryLength { get; init; } = 32;

    /// <summary>Longest passage in tokens, markers included.</summary>
    public int PassageLength { get; init; } = 180;

    /// <summary>Whether attention sees the [MASK] padding of queries.</summary>
    public bool AttendToMask { get; init; }
}

/// <summary>Settings of the generator.</summary>
public sealed record GeneratorSettings
{
    /// <summary>File or folder of the weights inside the model folder.</summary>
    public required string Weights { get; init; }

    /// <summary>Folder of a LoRA adapter inside the model folder, or null.</summary>
    public string? Adapter { get; init; }

    /// <summary>Context length to use, prompt and answer together.</summary>
    public int ContextLength { get; init; } = 4096;
}

/// <summary>Content of <c>model.json</c>.</summary>
public sealed record ModelManifest
{
    /// <summary>Format number of this file.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Name of the model.</summary>
    public required string Name { get; init; }

    /// <summary>One line about it.</summary>
    public string? Description { get; init; }

    /// <summary>Id of the prompt that generator and training use.</summary>
    public required string Prompt { get; init; }

    /// <summary>Retriever.</summary>
    public required RetrieverSettings Retriever { get; init; }

    /// <summary>Generator, or null for a retriever alone.</summary>
    public GeneratorSettings? Generator { get; init; }

    /// <summary>All files with their hashes.</summary>
    public required IReadOnlyList<ModelPart> Parts { get; init; }
}

/// <summary>JSON of <see cref="ModelManifest"/>, snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelManifest))]
sealed partial class ModelManifestJson : JsonSerializerContext;
