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
/// <param name="QueryLength">Tokens of a query, markers included.</param>
/// <param name="PassageLength">Longest passage in tokens, markers included.</param>
/// <param name="QueryMarker">Token after [CLS] that marks a query; empty for none, as an encoder wants it that was never trained with one.</param>
/// <param name="PassageMarker">Token after [CLS] that marks a passage; empty for none.</param>
/// <param name="ExpandQueries">Whether queries are padded with [MASK] (query augmentation). An encoder not trained for it ranks better without.</param>
public sealed record RetrieverSettings(
    int QueryLength = 32, int PassageLength = 180, string QueryMarker = "[unused0]", string PassageMarker = "[unused1]", bool ExpandQueries = true)
{
    /// <summary>Folder of the encoder inside the model folder.</summary>
    public required string Folder { get; init; }

    /// <summary>File of the projection (<c>linear.weight</c>) inside the model folder; null when the encoder's own file holds it.</summary>
    public string? Projection { get; init; }

    /// <summary>Whether attention sees the [MASK] padding of queries.</summary>
    public bool AttendToMask { get; init; }
}

/// <summary>Settings of the generator.</summary>
/// <param name="ContextLength">Context length to use, prompt and answer together.</param>
public sealed record GeneratorSettings(int ContextLength = 4096)
{
    /// <summary>File or folder of the weights inside the model folder.</summary>
    public required string Weights { get; init; }

    /// <summary>Folder of a LoRA adapter inside the model folder, or null.</summary>
    public string? Adapter { get; init; }

    /// <summary>Factor of linear RoPE scaling that takes the place of the checkpoint's own; null to keep that.</summary>
    public double? RopeLinearFactor { get; init; }
}

// Values for absent fields are defaults of constructor parameters: generated JSON code does not keep the initialisers of init-only properties.

/// <summary>Content of <c>model.json</c>.</summary>
/// <param name="Format">Format number of this file.</param>
public sealed record ModelManifest(int Format = 1)
{
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
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ModelManifest))]
sealed partial class ModelManifestJson : JsonSerializerContext;
