using System.Globalization;

namespace Jmlr.Llm.Weights;

/// <summary>The tensors of a Llama model.</summary>
enum LlamaTensor
{
    Embedding,
    AttentionNorm,
    Query,
    Key,
    Value,
    AttentionOutput,
    FeedForwardNorm,
    Gate,
    Up,
    Down,
    OutputNorm,
    Output,
}

/// <summary>Names of the tensors in files.</summary>
static class LlamaTensorNames
{
    /// <summary>Name in GGUF (llama.cpp <c>gguf-py</c>).</summary>
    internal static string Gguf(LlamaTensor tensor, int layer) => tensor switch
    {
        LlamaTensor.Embedding => "token_embd.weight",
        LlamaTensor.OutputNorm => "output_norm.weight",
        LlamaTensor.Output => "output.weight",
        _ => string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{GgufPart(tensor)}.weight"),
    };

    /// <summary>Name in Hugging Face checkpoints (transformers <c>modeling_llama.py</c>).</summary>
    internal static string HuggingFace(LlamaTensor tensor, int layer) => tensor switch
    {
        LlamaTensor.Embedding => "model.embed_tokens.weight",
        LlamaTensor.OutputNorm => "model.norm.weight",
        LlamaTensor.Output => "lm_head.weight",
        _ => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{HuggingFacePart(tensor)}.weight"),
    };

    /// <summary>Name of the bias that goes with a matrix.</summary>
    internal static string Bias(string matrix) => matrix[..^"weight".Length] + "bias";

    private static string GgufPart(LlamaTensor tensor) => tensor switch
    {
        LlamaTensor.AttentionNorm => "attn_norm",
        LlamaTensor.Query => "attn_q",
        LlamaTensor.Key => "attn_k",
        LlamaTensor.Value => "attn_v",
        LlamaTensor.AttentionOutput => "attn_output",
        LlamaTensor.FeedForwardNorm => "ffn_norm",
        LlamaTensor.Gate => "ffn_gate",
        LlamaTensor.Up => "ffn_up",
        _ => "ffn_down",
    };

    private static string HuggingFacePart(LlamaTensor tensor) => tensor switch
    {
        LlamaTensor.AttentionNorm => "input_layernorm",
        LlamaTensor.Query => "self_attn.q_proj",
        LlamaTensor.Key => "self_attn.k_proj",
        LlamaTensor.Value => "self_attn.v_proj",
        LlamaTensor.AttentionOutput => "self_attn.o_proj",
        LlamaTensor.FeedForwardNorm => "post_attention_layernorm",
        LlamaTensor.Gate => "mlp.gate_proj",
        LlamaTensor.Up => "mlp.up_proj",
        _ => "mlp.down_proj",
    };
}
