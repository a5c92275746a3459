using Jmlr.Llm.Configuration;
using Jmlr.Llm.Export;

namespace Jmlr.Cli.Json;

/// <summary>What a Llama model is and what running it takes.</summary>
sealed record GeneratorJson(
    string Path, string? Sha256, long Parameters, string? Licence, int Layers, int HiddenSize, int FeedForwardSize, int Heads, int KeyValueHeads, int VocabularySize, int TrainedContext,
    double RopeTheta, double RopeLinearFactor, bool TiedEmbedding, IReadOnlyList<TensorTypeJson> Tensors, IReadOnlyList<WeightFileJson> Files, IReadOnlyList<TensorJson>? Shapes,
    MemoryJson Memory)
{
    internal static GeneratorJson From(string path, IReadOnlyList<WeightFileJson> files, ModelInspection model, bool shapes)
    {
        LlamaConfiguration c = model.Configuration;
        return new(
            path, files is [{ } only] ? only.Sha256 : null, model.Parameters, model.Licence, c.LayerCount, c.HiddenSize, c.FeedForwardSize, c.HeadCount, c.KeyValueHeadCount, c.VocabularySize, c.ContextLength,
            c.RopeTheta, c.RopeLinearFactor, c.TiedEmbedding,
            [.. model.Tensors.Select(tensor => new TensorTypeJson(tensor.Type.ToString().ToLowerInvariant(), tensor.Count, tensor.Elements, tensor.Bytes))],
            files,
            shapes ? [.. model.Stored.Select(tensor => new TensorJson(tensor.Name, tensor.Type.ToString().ToLowerInvariant(), tensor.Shape))] : null,
            new MemoryJson(
                model.Memory.ContextLength, model.Memory.Weights, model.Memory.KeyValues, model.MemoryWithSmallCache.KeyValues, model.Memory.Scratch, model.Memory.Needed,
                model.AvailableMemory, model.Fits, model.Memory.LongestContext(model.AvailableMemory)));
    }
}

/// <summary>Tensors of one type.</summary>
sealed record TensorTypeJson(string Type, int Count, long Elements, long Bytes);

/// <summary>One tensor; the innermost dimension stands last.</summary>
sealed record TensorJson(string Name, string Type, IReadOnlyList<long> Shape);

/// <summary>One file of weights.</summary>
sealed record WeightFileJson(string Path, long Bytes, string Sha256);

/// <summary>Bytes needed at a context length.</summary>
sealed record MemoryJson(
    int ContextLength, long Weights, long KeyValues, long KeyValues8Bit, long Scratch, long Needed, long Available, bool Fits, int LongestContext);

/// <summary><c>model convert|quantize|merge --json</c>.</summary>
sealed record ExportJson(string Path, string Type, long Bytes, string Sha256, double? PerplexityBefore, double? PerplexityAfter);
