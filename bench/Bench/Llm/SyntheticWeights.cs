using System.Runtime.InteropServices;
using Jmlr.Llm.Configuration;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Llm;

/// <summary>
/// Weights of a Llama shape without a file: every tensor of a type is a window on the same random blocks. Rates do not depend on values, and a 13B model needs no
/// 7 GB download.
/// </summary>
sealed class SyntheticWeights : IWeightSource
{
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly byte[] _four, _eight;

    internal SyntheticWeights(LlamaConfiguration c)
    {
        Add("model.embed_tokens.weight", TensorType.Q4_0, c.VocabularySize, c.HiddenSize);
        Add("lm_head.weight", TensorType.Q8_0, c.VocabularySize, c.HiddenSize);
        Add("model.norm.weight", TensorType.F32, c.HiddenSize);
        int values = c.KeyValueHeadCount * c.HeadSize, queries = c.HeadCount * c.HeadSize;
        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            string at = $"model.layers.{layer}.";
            Add(at + "input_layernorm.weight", TensorType.F32, c.HiddenSize);
            Add(at + "post_attention_layernorm.weight", TensorType.F32, c.HiddenSize);
            Add(at + "self_attn.q_proj.weight", TensorType.Q4_0, queries, c.HiddenSize);
            Add(at + "self_attn.k_proj.weight", TensorType.Q4_0, values, c.HiddenSize);
            Add(at + "self_attn.v_proj.weight", TensorType.Q4_0, values, c.HiddenSize);
            Add(at + "self_attn.o_proj.weight", TensorType.Q4_0, c.HiddenSize, queries);
            Add(at + "mlp.gate_proj.weight", TensorType.Q4_0, c.FeedForwardSize, c.HiddenSize);
            Add(at + "mlp.up_proj.weight", TensorType.Q4_0, c.FeedForwardSize, c.HiddenSize);
            Add(at + "mlp.down_proj.weight", TensorType.Q4_0, c.HiddenSize, c.FeedForwardSize);
        }

        _four = Blocks(TensorType.Q4_0);
        _eight = Blocks(TensorType.Q8_0);
    }

    public string Path => "synthetic";

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorInfo tensor = _tensors[name];
        return (tensor.Type == TensorType.Q4_0 ? _four : _eight).AsSpan(0, (int)tensor.ByteLength);
    }

    public void ReadFloat32(string name, Span<float> destination) => destination.Fill(1);

    public void Dispose()
    {
    }

    private void Add(string name, TensorType type, params long[] shape) =>
        _tensors.Add(name, new TensorInfo(name, type, shape, Path, 0, TensorTypes.ByteLength(type, shape.Aggregate(1L, (product, size) => product * size))));

    // Pinned: the packer keeps addresses.
    private byte[] Blocks(TensorType type)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)_tensors.Values.Where(tensor => tensor.Type == type).Max(tensor => tensor.ByteLength), pinned: true);
        Random random = new(1);
        random.NextBytes(bytes);
        for (int at = 0; at < bytes.Length; at += TensorTypes.BlockBytes(type))
        {
            MemoryMarshal.Write(bytes.AsSpan(at), (Half)(0.001 + (0.004 * random.NextSingle() / (type == TensorType.Q8_0 ? 16 : 1))));
        }

        return bytes;
    }
}
