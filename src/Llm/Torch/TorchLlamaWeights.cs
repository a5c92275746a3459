using System.Runtime.InteropServices;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Weights;
using Jmlr.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Jmlr.Llm.Torch;

/// <summary>Tensors of one block; what is multiplied by the same input is joined. A bias is null where the model has none.</summary>
sealed record TorchBlock(
    Tensor AttentionNorm, Tensor QueryKeyValue, Tensor? QueryKeyValueBias, // [hidden], [(heads + 2 kv) * size, hidden]
    Tensor AttentionOutput, Tensor? AttentionOutputBias, // [hidden, heads * size]
    Tensor FeedForwardNorm, Tensor GateUp, Tensor? GateUpBias, // [hidden], [2 * feed-forward, hidden]
    Tensor Down, Tensor? DownBias); // [hidden, feed-forward]

/// <summary>All weights of a Llama model as tensors of one type on one device, detached from any scope; disposed together. Rows are in the order of Hugging Face.</summary>
sealed class TorchLlamaWeights : IDisposable
{
    private const int SlabElements = 1 << 24;
    private readonly List<Tensor> _all = [];
    private readonly LlamaCheckpoint _checkpoint;
    private readonly CancellationToken _cancellation;

    internal TorchLlamaWeights(LlamaCheckpoint checkpoint, ScalarType type, Device device, CancellationToken cancellation)
    {
        (_checkpoint, Type, Device, _cancellation) = (checkpoint, type, device, cancellation);
        LlamaConfiguration c = checkpoint.Configuration;
        using IDisposable noGradient = no_grad();
        try
        {
            Embedding = Matrices(0, LlamaTensor.Embedding);
            Output = c.TiedEmbedding ? Embedding : Matrices(0, LlamaTensor.Output);
            OutputNorm = Norm(LlamaTensor.OutputNorm, 0);
            Blocks = [.. Enumerable.Range(0, c.LayerCount).Select(Block)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Type of all tensors.</summary>
    internal ScalarType Type { get; }

    /// <summary>Where they lie.</summary>
    internal Device Device { get; }

    /// <summary>[vocabulary, hidden].</summary>
    internal Tensor Embedding { get; }

    /// <summary>[vocabulary, hidden]; the embedding itself where the model ties them.</summary>
    internal Tensor Output { get; }

    /// <summary>[hidden].</summary>
    internal Tensor OutputNorm { get; }

    internal IReadOnlyList<TorchBlock> Blocks { get; }

    /// <summary>Bytes that the weights take with <paramref name="elementBytes"/> for an element.</summary>
    internal static long Measure(LlamaConfiguration c, int elementBytes)
    {
        long block = LlamaShapes.BlockMatrices.Sum(tensor => Elements(c, tensor)) + (2L * c.HiddenSize);
        return checked(elementBytes * ((Elements(c, LlamaTensor.Embedding) * (c.TiedEmbedding ? 1 : 2)) + c.HiddenSize + (c.LayerCount * block)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _all.ForEach(tensor => tensor.Dispose());
        _all.Clear();
    }

    private static long Elements(LlamaConfiguration c, LlamaTensor tensor)
    {
        (int rows, int columns) = LlamaShapes.Of(c, tensor);
        return (long)rows * columns;
    }

    private TorchBlock Block(int layer)
    {
        LlamaTensor[] attention = [LlamaTensor.Query, LlamaTensor.Key, LlamaTensor.Value], feedForward = [LlamaTensor.Gate, LlamaTensor.Up];
        return new TorchBlock(
            Norm(LlamaTensor.AttentionNorm, layer), Matrices(layer, attention), Bias(layer, attention),
            Matrices(layer, LlamaTensor.AttentionOutput), Bias(layer, LlamaTensor.AttentionOutput),
            Norm(LlamaTensor.FeedForwardNorm, layer), Matrices(layer, feedForward), Bias(layer, feedForward),
            Matrices(layer, LlamaTensor.Down), Bias(layer, LlamaTensor.Down));
    }

    // Matrices of equal width under each other. They are widened slab by slab, so that no second copy of a large one is needed.
    private Tensor Matrices(int layer, params LlamaTensor[] tensors)
    {
        _cancellation.ThrowIfCancellationRequested();
        LlamaConfiguration c = _checkpoint.Configuration;
        int columns = LlamaShapes.Of(c, tensors[0]).Columns, first = 0;
        Tensor joined = Keep(empty(tensors.Sum(tensor => (long)LlamaShapes.Of(c, tensor).Rows), columns, dtype: Type, device: Device));
        foreach (LlamaTensor tensor in tensors)
        {
            SourceMatrix source = _checkpoint.Matrix(tensor, layer);
            int slab = Math.Clamp(SlabElements / columns, 1, source.Rows);
            for (int row = 0; row < source.Rows; row += slab)
            {
                int count = Math.Min(slab, source.Rows - row);
                using DisposeScope scope = NewDisposeScope();
                Tensor wide = empty(count, columns, dtype: float32);
                Widen(source, row, count, wide);
                joined.narrow(0, first + row, count).copy_(wide);
            }

            first += source.Rows;
        }

        return joined;
    }

    private void Widen(SourceMatrix source, int first, int count, Tensor to)
    {
        int damaged = 0;
        unsafe
        {
            // The memory of a tensor of the processor lies still while it lives.
            fixed (byte* pinned = to.bytes)
            {
                nint start = (nint)pinned;
                Parallel.For(0, count, i =>
                {
                    var values = new Span<float>((float*)start + ((long)i * source.Columns), source.Columns);
                    if (!Dequantiser.TryConvert(source.Type, source.Row(first + i), values) || !System.Numerics.Tensors.TensorPrimitives.IsFiniteAll<float>(values))
                    {
                        Volatile.Write(ref damaged, 1);
                    }
                });
            }
        }

        if (damaged != 0)
        {
            Throw.Data(_checkpoint.Path, $"tensor '{source.Name}' holds values that are not finite");
        }
    }

    private Tensor? Bias(int layer, params LlamaTensor[] tensors)
    {
        if (!tensors.Any(tensor => _checkpoint.HasBias(tensor, layer)))
        {
            return null;
        }

        List<float> joined = [];
        foreach (LlamaTensor tensor in tensors)
        {
            // One without a bias among others that have one adds nothing.
            float[] values = new float[LlamaShapes.Of(_checkpoint.Configuration, tensor).Rows];
            if (_checkpoint.HasBias(tensor, layer))
            {
                _checkpoint.ReadBias(tensor, layer, values);
            }

            joined.AddRange(values);
        }

        return Vector(CollectionsMarshal.AsSpan(joined));
    }

    private Tensor Norm(LlamaTensor tensor, int layer)
    {
        float[] values = new float[_checkpoint.Configuration.HiddenSize];
        _checkpoint.ReadVector(tensor, layer, values);
        return Vector(values);
    }

    private Tensor Vector(ReadOnlySpan<float> values)
    {
        using Tensor wide = torch.tensor(values.ToArray());
        return Keep(wide.to(Type, Device, copy: true));
    }

    private Tensor Keep(Tensor tensor)
    {
        Tensor kept = tensor.DetachFromDisposeScope();
        _all.Add(kept);
        return kept;
    }
}
