using Jmlr.Llm.Configuration;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Adapters;

/// <summary>Whether an adapter belongs to a model.</summary>
static class AdapterFit
{
    private const int MostNewTokens = 1024;

    /// <summary>The configuration with the adapter: the vocabulary may have grown by a few tokens. Unknown modules and wrong shapes are refused.</summary>
    internal static LlamaConfiguration Require(LoraAdapter adapter, LlamaConfiguration configuration)
    {
        LlamaConfiguration grown = Grow(adapter, configuration);
        Dictionary<string, (LlamaTensor Tensor, (int Rows, int Columns) Shape)> known = Known(grown);
        foreach ((string name, LoraPair pair) in adapter.Pairs)
        {
            (LlamaTensor tensor, (int rows, int columns)) = Find(adapter, known, name);
            if (pair.Inputs != columns || pair.Outputs != rows || tensor is LlamaTensor.Embedding || IsNorm(tensor))
            {
                Throw.Data(adapter.Path, $"'{name}': the adapter is made for [{pair.Outputs}, {pair.Inputs}], the model has [{rows}, {columns}]");
            }

            if (tensor == LlamaTensor.Output && configuration.TiedEmbedding)
            {
                Throw.Data(adapter.Path, $"'{name}': the output of this model is its embedding; an adapter on one of them alone is not supported");
            }
        }

        foreach (string name in adapter.Replaced)
        {
            (LlamaTensor tensor, (int rows, int columns)) = Find(adapter, known, name);
            TensorInfo stored = adapter.Replacement(name)!;
            long[] shape = IsNorm(tensor) ? [columns] : [rows, columns];
            if (!stored.Shape.SequenceEqual(shape))
            {
                Throw.Data(adapter.Path, $"'{name}' is [{string.Join(", ", stored.Shape)}], the model has [{string.Join(", ", shape)}]");
            }
        }

        return grown;
    }

    private static bool IsNorm(LlamaTensor tensor) => tensor is LlamaTensor.AttentionNorm or LlamaTensor.FeedForwardNorm or LlamaTensor.OutputNorm;

    private static LlamaConfiguration Grow(LoraAdapter adapter, LlamaConfiguration configuration)
    {
        string embedding = LlamaTensorNames.HuggingFace(LlamaTensor.Embedding, 0), output = LlamaTensorNames.HuggingFace(LlamaTensor.Output, 0);
        long rows = configuration.VocabularySize;
        rows = Math.Max(rows, RowsOf(adapter, embedding));
        rows = Math.Max(rows, RowsOf(adapter, output));
        rows = Math.Max(rows, adapter.Pairs.TryGetValue(output, out LoraPair? pair) ? pair.Outputs : 0);
        return rows > configuration.VocabularySize + MostNewTokens
            ? Throw.Data<LlamaConfiguration>(adapter.Path, $"the adapter has a vocabulary of {rows}, the model {configuration.VocabularySize}: it belongs to another model")
            : configuration with { VocabularySize = (int)rows };
    }

    private static long RowsOf(LoraAdapter adapter, string name) => adapter.Replacement(name) is { Shape.Count: > 0 } tensor ? tensor.Shape[0] : 0;

    private static Dictionary<string, (LlamaTensor Tensor, (int Rows, int Columns) Shape)> Known(LlamaConfiguration c)
    {
        Dictionary<string, (LlamaTensor Tensor, (int Rows, int Columns) Shape)> known = new(StringComparer.Ordinal);
        foreach (LlamaTensor tensor in Enum.GetValues<LlamaTensor>())
        {
            bool single = tensor is LlamaTensor.Embedding or LlamaTensor.OutputNorm or LlamaTensor.Output;
            for (int layer = 0; layer < (single ? 1 : c.LayerCount); layer++)
            {
                known[LlamaTensorNames.HuggingFace(tensor, layer)] = (tensor, LlamaShapes.Of(c, tensor));
            }
        }

        return known;
    }

    private static (LlamaTensor Tensor, (int Rows, int Columns) Shape) Find(LoraAdapter adapter, Dictionary<string, (LlamaTensor Tensor, (int Rows, int Columns) Shape)> known, string name) =>
        known.TryGetValue(name, out (LlamaTensor Tensor, (int Rows, int Columns) Shape) found) ? found
            : Throw.Data<(LlamaTensor, (int, int))>(adapter.Path, $"'{name}' is no weight of this model");
}
