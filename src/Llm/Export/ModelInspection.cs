using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Export;

/// <summary>Tensors of one type in a model.</summary>
public readonly record struct TensorSummary(TensorType Type, int Count, long Elements, long Bytes);

/// <summary>What a Llama model is and what running it takes, from its header alone.</summary>
/// <param name="Configuration">Shape.</param>
/// <param name="Stored">All tensors, with the files that hold them.</param>
/// <param name="Tensors">Tensors by type.</param>
/// <param name="Parameters">Weights in all.</param>
/// <param name="Memory">Memory at the context length asked for.</param>
/// <param name="MemoryWithSmallCache">The same with 8-bit keys and values.</param>
/// <param name="AvailableMemory">Bytes that are free now.</param>
/// <param name="Licence">Licence that the file states, or null.</param>
public sealed record ModelInspection(
    LlamaConfiguration Configuration, IReadOnlyList<TensorInfo> Stored, IReadOnlyList<TensorSummary> Tensors, long Parameters, MemoryPlan Memory, MemoryPlan MemoryWithSmallCache, long AvailableMemory, string? Licence)
{
    /// <summary>Whether the model can be loaded now with this context.</summary>
    public bool Fits => Memory.Needed <= AvailableMemory;

    /// <summary>Looks into a GGUF file or a Hugging Face folder; <paramref name="contextLength"/> 0 takes what the loader would.</summary>
    public static ModelInspection Of(string path, int contextLength = 0, string? adapter = null)
    {
        using var checkpoint = LlamaCheckpoint.Open(path);
        if (adapter is not null)
        {
            checkpoint.Attach(adapter);
        }

        int context = GeneratorLoader.ContextOf(checkpoint.Configuration, contextLength);
        TensorSummary[] tensors =
        [
            .. checkpoint.Source.Tensors.Values.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Sum(tensor => tensor.ByteLength))
                .Select(group => new TensorSummary(group.Key, group.Count(), group.Sum(tensor => tensor.ElementCount), group.Sum(tensor => tensor.ByteLength))),
        ];
        long available = MemoryCheck.Available();
        return new ModelInspection(
            checkpoint.Configuration, [.. checkpoint.Source.Tensors.Values], tensors, tensors.Sum(tensor => tensor.Elements),
            CpuLlamaExecutor.Plan(checkpoint, reference: false, context, GeneratorLoader.Planned(checkpoint, new GeneratorLoadOptions(), context, available)),
            CpuLlamaExecutor.Plan(checkpoint, reference: false, context, KeyValueFormat.Q8),
            available,
            (checkpoint.Source as GgufFile)?.Metadata.GetString("general.license"));
    }
}
