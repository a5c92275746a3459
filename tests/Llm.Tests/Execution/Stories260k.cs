using System.Runtime.InteropServices;
using System.Text;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Execution;

/// <summary>The llama2.c model stories260K with its tokenizer as a GGUF file: both use adjacent rotary pairs, so no row moves.</summary>
static class Stories260k
{
    private const int Hidden = 64, FeedForward = 172, Layers = 5, Heads = 8, KeyValueHeads = 4, Vocabulary = 512, Head = Hidden / Heads;

    /// <summary>Writes the file and returns its path.</summary>
    public static string Convert(string folder)
    {
        byte[] model = File.ReadAllBytes(SharedData.Require("models/stories260k/stories260K.bin"));
        Assert.Equal([Hidden, FeedForward, Layers, Heads, KeyValueHeads, Vocabulary, 512], MemoryMarshal.Cast<byte, int>(model.AsSpan(0, 28)).ToArray());
        var writer = new GgufWriter();
        writer.Add("general.architecture", "llama");
        writer.Add("llama.block_count", Layers);
        writer.Add("llama.embedding_length", Hidden);
        writer.Add("llama.feed_forward_length", FeedForward);
        writer.Add("llama.attention.head_count", Heads);
        writer.Add("llama.attention.head_count_kv", KeyValueHeads);
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        writer.Add("llama.context_length", 512u);
        AddTokenizer(writer);

        // The file holds each kind of tensor for all layers in a row.
        int at = 28;
        Tensors("token_embd.weight", 1, Vocabulary, Hidden);
        Tensors("blk.{0}.attn_norm.weight", Layers, Hidden);
        Tensors("blk.{0}.attn_q.weight", Layers, Hidden, Hidden);
        Tensors("blk.{0}.attn_k.weight", Layers, KeyValueHeads * Head, Hidden);
        Tensors("blk.{0}.attn_v.weight", Layers, KeyValueHeads * Head, Hidden);
        Tensors("blk.{0}.attn_output.weight", Layers, Hidden, Hidden);
        Tensors("blk.{0}.ffn_norm.weight", Layers, Hidden);
        Tensors("blk.{0}.ffn_gate.weight", Layers, FeedForward, Hidden);
        Tensors("blk.{0}.ffn_down.weight", Layers, Hidden, FeedForward);
        Tensors("blk.{0}.ffn_up.weight", Layers, FeedForward, Hidden);
        Tensors("output_norm.weight", 1, Hidden);
        string path = Path.Combine(folder, "stories260k.gguf");
        writer.Write(path);
        return path;

        void Tensors(string name, int count, params long[] shape)
        {
            int bytes = (int)shape.Aggregate(1L, (product, size) => product * size) * sizeof(float);
            for (int i = 0; i < count; i++, at += bytes)
            {
                int from = at;
                writer.AddTensor(name.Replace("{0}", $"{i}", StringComparison.Ordinal), TensorType.F32, shape, stream => stream.Write(model, from, bytes));
            }
        }
    }

    private static void AddTokenizer(GgufWriter writer)
    {
        byte[] file = File.ReadAllBytes(SharedData.Require("models/stories260k/tok512.bin"));
        string[] tokens = new string[Vocabulary];
        float[] scores = new float[Vocabulary];
        int[] kinds = new int[Vocabulary];
        int at = 4;
        for (int id = 0; id < Vocabulary; id++)
        {
            scores[id] = BitConverter.ToSingle(file, at);
            int length = BitConverter.ToInt32(file, at + 4);
            string text = Encoding.UTF8.GetString(file, at + 8, length);
            (tokens[id], kinds[id]) = id switch
            {
                0 => ("<unk>", 2),
                1 => ("<s>", 3),
                2 => ("</s>", 3),
                < 259 => (text, 6),
                _ => (text.Replace(' ', '\u2581'), 1),
            };
            at += 8 + length;
        }

        Assert.Equal(file.Length, at);
        writer.Add("tokenizer.ggml.model", "llama");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.scores", scores);
        writer.Add("tokenizer.ggml.token_type", kinds);
        writer.Add("tokenizer.ggml.bos_token_id", 1u);
        writer.Add("tokenizer.ggml.eos_token_id", 2u);
        writer.Add("tokenizer.ggml.unknown_token_id", 0u);
    }
}
