using Jmlr.Llm.Configuration;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Weights;

/// <summary>Weights of one block.</summary>
sealed unsafe class BlockWeights
{
    internal required float* AttentionNorm { get; init; }

    internal required float* FeedForwardNorm { get; init; }

    internal required PackedMatrix Query { get; init; }

    internal required PackedMatrix Key { get; init; }

    internal required PackedMatrix Value { get; init; }

    internal required PackedMatrix AttentionOutput { get; init; }

    internal required PackedMatrix Gate { get; init; }

    internal required PackedMatrix Up { get; init; }

    internal required PackedMatrix Down { get; init; }
}

/// <summary>All weights of a model, repacked into one piece of native memory; the file is not needed afterwards.</summary>
sealed unsafe class LlamaWeights : IDisposable
{
    private readonly Arena _arena;

    private LlamaWeights(LlamaCheckpoint checkpoint, bool reference, ThreadTeam team, CancellationToken cancellation)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        ByteLength = Measure(checkpoint, reference);
        _arena = new Arena(ByteLength, clear: false);
        var packing = new PackingJob(team);
        try
        {
            Embedding = Pack(LlamaTensor.Embedding, 0);
            Output = c.TiedEmbedding ? Embedding : Pack(LlamaTensor.Output, 0);
            OutputNorm = Norm(LlamaTensor.OutputNorm, 0);
            Blocks = new BlockWeights[c.LayerCount];
            for (int layer = 0; layer < c.LayerCount; layer++)
            {
                cancellation.ThrowIfCancellationRequested();
                Blocks[layer] = new BlockWeights
                {
                    AttentionNorm = Norm(LlamaTensor.AttentionNorm, layer),
                    Query = Pack(LlamaTensor.Query, layer),
                    Key = Pack(LlamaTensor.Key, layer),
                    Value = Pack(LlamaTensor.Value, layer),
                    AttentionOutput = Pack(LlamaTensor.AttentionOutput, layer),
                    FeedForwardNorm = Norm(LlamaTensor.FeedForwardNorm, layer),
                    Gate = Pack(LlamaTensor.Gate, layer),
                    Up = Pack(LlamaTensor.Up, layer),
                    Down = Pack(LlamaTensor.Down, layer),
                };
            }
        }
        catch
        {
            _arena.Dispose();
            throw;
        }

        PackedMatrix Pack(LlamaTensor tensor, int layer)
        {
            SourceMatrix source = checkpoint.Matrix(tensor, layer);
            TileFormat format = TileFormatChoice.Of(source.Type, source.Columns, reference)!.Value;
            byte* data = _arena.Take<byte>(PackedMatrix.Measure(format, source.Rows, source.Columns));
            var matrix = new PackedMatrix(format, source.Rows, source.Columns, data, Bias(tensor, layer, source.Rows));
            packing.Run(checkpoint.Path, source, matrix);
            return matrix;
        }

        float* Bias(LlamaTensor tensor, int layer, int rows)
        {
            if (!checkpoint.HasBias(tensor, layer))
            {
                return null;
            }

            int padded = PackedMatrix.Padded(rows);
            float* bias = _arena.Take<float>(padded);
            new Span<float>(bias, padded).Clear();
            checkpoint.ReadBias(tensor, layer, new Span<float>(bias, rows));
            return bias;
        }

        float* Norm(LlamaTensor tensor, int layer)
        {
            float* norm = _arena.Take<float>(c.HiddenSize);
            checkpoint.ReadVector(tensor, layer, new Span<float>(norm, c.HiddenSize));
            return norm;
        }
    }

    /// <summary>Bytes of the repacked weights.</summary>
    internal long ByteLength { get; }

    /// <summary>The first byte.</summary>
    internal byte* Start => _arena.Start;

    internal PackedMatrix Embedding { get; }

    internal PackedMatrix Output { get; }

    internal float* OutputNorm { get; }

    internal BlockWeights[] Blocks { get; }

    /// <summary>Repacks; <paramref name="reference"/> widens everything to fp32.</summary>
    internal static LlamaWeights Load(LlamaCheckpoint checkpoint, bool reference, ThreadTeam team, CancellationToken cancellation) =>
        new(checkpoint, reference, team, cancellation);

    /// <summary>Bytes that the repacked weights will take.</summary>
    internal static long Measure(LlamaCheckpoint checkpoint, bool reference)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        long bytes = Matrix(LlamaTensor.Embedding, 0) + (c.TiedEmbedding ? 0 : Matrix(LlamaTensor.Output, 0));
        long norms = Arena.Round((long)c.HiddenSize * sizeof(float)) * ((2 * c.LayerCount) + 1);
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            foreach (LlamaTensor tensor in LlamaShapes.BlockMatrices)
            {
                bytes = checked(bytes + Matrix(tensor, layer));
            }
        }

        return bytes + norms;

        long Matrix(LlamaTensor tensor, int layer)
        {
            (int rows, int columns) = LlamaShapes.Of(c, tensor);
            return Arena.Round(PackedMatrix.Measure(TileFormatChoice.Of(checkpoint.TypeOf(tensor, layer), columns, reference)!.Value, rows, columns))
                + (checkpoint.HasBias(tensor, layer) ? Arena.Round(PackedMatrix.Padded(rows) * sizeof(float)) : 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();
}
