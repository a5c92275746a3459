using System.Numerics.Tensors;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Adapters;

/// <summary>A weight with its adapter merged in: fp32, in Hugging Face order, never merged into quantised values.</summary>
static unsafe class MergedMatrix
{
    /// <summary>
    /// [rows, columns] of the stored matrix (or its replacement) plus scale x B x A. A vocabulary that grew takes the mean of the old rows for the new ones,
    /// as resizing the embeddings did when the adapter was trained.
    /// </summary>
    internal static NativeBuffer Build(in SourceMatrix stored, LoraAdapter adapter, string name, int rows)
    {
        int columns = stored.Columns;
        NativeBuffer memory = new((long)rows * columns * sizeof(float), clear: false);
        float* to = (float*)memory.Pointer;
        if (adapter.Replacement(name) is not null)
        {
            adapter.ReadReplacement(name, new Span<float>(to, checked(rows * columns)));
        }
        else
        {
            for (int row = 0; row < stored.Rows; row++)
            {
                Dequantiser.TryConvert(stored.Type, stored.Row(row), new Span<float>(to + ((long)row * columns), columns));
            }

            FillWithMean(to, stored.Rows, rows, columns);
        }

        if (adapter.Pairs.TryGetValue(name, out LoraPair? pair))
        {
            for (int row = 0; row < rows; row++)
            {
                Span<float> weights = new(to + ((long)row * columns), columns);
                for (int k = 0; k < pair.Rank; k++)
                {
                    TensorPrimitives.MultiplyAdd(pair.A.AsSpan(k * columns, columns), (float)(pair.B[(row * pair.Rank) + k] * pair.Scale), weights, weights);
                }
            }
        }

        return memory;
    }

    private static void FillWithMean(float* matrix, int known, int rows, int columns)
    {
        for (int column = 0; column < columns && known < rows; column++)
        {
            double sum = 0;
            for (int row = 0; row < known; row++)
            {
                sum += matrix[((long)row * columns) + column];
            }

            for (int row = known; row < rows; row++)
            {
                matrix[((long)row * columns) + column] = (float)(sum / known);
            }
        }
    }
}
