using Jmlr.Llm.Configuration;
using Jmlr.Llm.Weights;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Export;

/// <summary>
/// Writes a checkpoint, with its adapter merged when it has one, as a GGUF file that llama.cpp reads: rows of Q and K in pairs, norms in fp32. One tensor at a time,
/// so that memory for the largest matrix is enough.
/// </summary>
static class GgufExport
{
    /// <summary>Writes; <paramref name="type"/> is that of most matrices. Values that are not finite in it are refused with the name of the tensor.</summary>
    internal static void Write(LlamaCheckpoint checkpoint, GeneratorVocabulary vocabulary, TensorType type, string name, string output, CancellationToken cancellation)
    {
        LlamaConfiguration c = checkpoint.Configuration;
        if (vocabulary.Tokens.Count > c.VocabularySize)
        {
            Throw.Data(vocabulary.Path, $"the tokenizer has {vocabulary.Tokens.Count} tokens, the embedding {c.VocabularySize} rows: it belongs to another model");
        }

        var file = new GgufWriter();
        GgufKeys.Add(file, c, type, name);
        GgufKeys.Add(file, vocabulary, c.VocabularySize);
        if (c.RopeFrequencyDivisors is { } divisors)
        {
            file.AddTensor("rope_freqs.weight", TensorType.F32, [divisors.Count], stream => WriteRow(stream, TensorType.F32, [.. divisors], checkpoint.Path, "rope_freqs.weight"));
        }

        Matrix(LlamaTensor.Embedding, 0);
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            Norm(LlamaTensor.AttentionNorm, layer);
            Norm(LlamaTensor.FeedForwardNorm, layer);
            foreach (LlamaTensor tensor in LlamaShapes.BlockMatrices)
            {
                Matrix(tensor, layer);
                if (checkpoint.HasBias(tensor, layer))
                {
                    Bias(tensor, layer);
                }
            }
        }

        Norm(LlamaTensor.OutputNorm, 0);
        if (!c.TiedEmbedding)
        {
            Matrix(LlamaTensor.Output, 0);
        }

        file.Write(output);

        void Matrix(LlamaTensor tensor, int layer)
        {
            (int rows, int columns) = LlamaShapes.Of(c, tensor);
            TensorType stored = TypeOf(tensor, columns, type);
            file.AddTensor(LlamaTensorNames.Gguf(tensor, layer), stored, [rows, columns], stream =>
            {
                cancellation.ThrowIfCancellationRequested();
                WriteMatrix(stream, checkpoint.Matrix(tensor, layer), stored, PairedHead(tensor), checkpoint.Path);
            });
        }

        void Bias(LlamaTensor tensor, int layer)
        {
            string called = LlamaTensorNames.Bias(LlamaTensorNames.Gguf(tensor, layer));
            int rows = LlamaShapes.Of(c, tensor).Rows, pairedHead = PairedHead(tensor);
            file.AddTensor(called, TensorType.F32, [rows], stream =>
            {
                float[] values = new float[rows];
                checkpoint.ReadBias(tensor, layer, values);
                WriteRow(stream, TensorType.F32, [.. Enumerable.Range(0, rows).Select(row => values[HuggingFaceRow(row, pairedHead)])], checkpoint.Path, called);
            });
        }

        int PairedHead(LlamaTensor tensor) => tensor is LlamaTensor.Query or LlamaTensor.Key ? c.HeadSize : 0;

        void Norm(LlamaTensor tensor, int layer)
        {
            string called = LlamaTensorNames.Gguf(tensor, layer);
            file.AddTensor(called, TensorType.F32, [c.HiddenSize], stream =>
            {
                float[] values = new float[c.HiddenSize];
                checkpoint.ReadVector(tensor, layer, values);
                WriteRow(stream, TensorType.F32, values, checkpoint.Path, called);
            });
        }
    }

    /// <summary>Type of a matrix: embedding and output keep 8 bits where the others get 4, and a width of no whole blocks stays fp16.</summary>
    internal static TensorType TypeOf(LlamaTensor tensor, int columns, TensorType wanted) =>
        columns % TensorTypes.BlockSize(wanted) != 0 ? TensorType.F16
        : tensor is LlamaTensor.Embedding or LlamaTensor.Output && wanted is TensorType.Q4_0 or TensorType.Q4_1 ? TensorType.Q8_0
        : wanted;

    private static void WriteMatrix(Stream stream, SourceMatrix source, TensorType type, int pairedHead, string path)
    {
        // Batches of rows are quantised side by side and written in order.
        int rowBytes = checked((int)TensorTypes.ByteLength(type, source.Columns));
        int batch = Math.Clamp((1 << 22) / rowBytes, 1, source.Rows);
        byte[] bytes = new byte[(long)batch * rowBytes];
        for (int first = 0; first < source.Rows; first += batch)
        {
            int from = first, count = Math.Min(batch, source.Rows - first), damaged = 0;
            Parallel.For(0, count, () => new float[source.Columns], (i, _, values) =>
            {
                Span<byte> to = bytes.AsSpan(i * rowBytes, rowBytes);
                ReadOnlySpan<byte> stored = source.Row(HuggingFaceRow(from + i, pairedHead));
                if (source.Type == type && type != TensorType.F32)
                {
                    // As it is: nothing is rounded twice.
                    stored.CopyTo(to);
                }
                else if (!Dequantiser.TryConvert(source.Type, stored, values) || !Quantiser.Quantise(type, values, to, search: true))
                {
                    Volatile.Write(ref damaged, 1);
                }

                return values;
            }, _ => { });
            if (damaged != 0)
            {
                Throw.Data(path, $"tensor '{source.Name}' holds values that are not finite, or not in {type}");
            }

            stream.Write(bytes, 0, count * rowBytes);
        }
    }

    private static void WriteRow(Stream stream, TensorType type, float[] values, string path, string name)
    {
        byte[] bytes = new byte[TensorTypes.ByteLength(type, values.Length)];
        if (!Quantiser.Quantise(type, values, bytes, search: false))
        {
            Throw.Data(path, $"tensor '{name}' holds values that are not finite");
        }

        stream.Write(bytes);
    }

    // GGUF stores rows i and i + half of a head next to each other.
    private static int HuggingFaceRow(int stored, int pairedHead)
    {
        if (pairedHead == 0)
        {
            return stored;
        }

        int inHead = stored % pairedHead;
        return stored - inHead + (inHead % 2 * (pairedHead / 2)) + (inHead / 2);
    }
}
