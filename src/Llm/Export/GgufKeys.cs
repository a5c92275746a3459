using Jmlr.Llm.Configuration;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Export;

/// <summary>Metadata of a model as llama.cpp reads it (keys: ggml <c>docs/gguf.md</c>).</summary>
static class GgufKeys
{
    /// <summary>Shape of the model and the type most of its weights have.</summary>
    internal static void Add(GgufWriter file, LlamaConfiguration c, TensorType type, string name)
    {
        file.Add("general.architecture", "llama");
        file.Add("general.name", name);
        file.Add("general.file_type", type switch { TensorType.F32 => 0u, TensorType.F16 => 1u, TensorType.Q4_0 => 2u, TensorType.Q4_1 => 3u, TensorType.Q8_0 => 7u, _ => 32u });
        file.Add("general.quantization_version", 2u);
        file.Add("llama.block_count", (uint)c.LayerCount);
        file.Add("llama.context_length", (uint)c.ContextLength);
        file.Add("llama.embedding_length", (uint)c.HiddenSize);
        file.Add("llama.feed_forward_length", (uint)c.FeedForwardSize);
        file.Add("llama.attention.head_count", (uint)c.HeadCount);
        file.Add("llama.attention.head_count_kv", (uint)c.KeyValueHeadCount);
        file.Add("llama.attention.key_length", (uint)c.HeadSize);
        file.Add("llama.attention.value_length", (uint)c.HeadSize);
        file.Add("llama.attention.layer_norm_rms_epsilon", c.RmsNormEpsilon);
        file.Add("llama.rope.dimension_count", (uint)c.HeadSize);
        file.Add("llama.rope.freq_base", (float)c.RopeTheta);
        file.Add("llama.vocab_size", (uint)c.VocabularySize);
        if (c.RopeLinearFactor != 1)
        {
            file.Add("llama.rope.scaling.type", "linear");
            file.Add("llama.rope.scaling.factor", (float)c.RopeLinearFactor);
        }
    }

    /// <summary>The tokenizer; rows of the embedding that it does not name become unused tokens.</summary>
    internal static void Add(GgufWriter file, GeneratorVocabulary v, int rows)
    {
        bool bytes = v.Family == TokenizerFamily.ByteLevelBpe;
        int named = v.Tokens.Count;
        file.Add("tokenizer.ggml.model", bytes ? "gpt2" : "llama");
        file.Add("tokenizer.ggml.tokens", [.. v.Tokens, .. Enumerable.Range(named, rows - named).Select(id => FormattableString.Invariant($"[unused{id}]"))]);
        file.Add("tokenizer.ggml.token_type", [.. Enumerable.Range(0, rows).Select(id => (int)(id < named ? v.KindOf(id) : TokenKind.Unused))]);
        if (bytes)
        {
            file.Add("tokenizer.ggml.pre", v.PreTokenizer);
            file.Add("tokenizer.ggml.merges", v.Merges);
        }
        else
        {
            file.Add("tokenizer.ggml.scores", [.. v.Scores, .. Enumerable.Repeat(0f, rows - v.Scores.Count)]);
            file.Add("tokenizer.ggml.remove_extra_whitespaces", v.RemoveExtraSpaces);
        }

        file.Add("tokenizer.ggml.add_space_prefix", v.AddSpacePrefix);
        file.Add("tokenizer.ggml.add_bos_token", v.AddBegin);
        AddId(file, "bos_token_id", v.BeginId);
        AddId(file, "eos_token_id", v.EndId);
        AddId(file, "eot_token_id", v.MoreEndIds.Cast<int?>().FirstOrDefault(id => id != v.EndId));
        AddId(file, "unknown_token_id", v.UnknownId);
        if (v.ChatTemplate is string template)
        {
            file.Add("tokenizer.chat_template", template);
        }
    }

    private static void AddId(GgufWriter file, string name, int? id)
    {
        if (id is int value)
        {
            file.Add("tokenizer.ggml." + name, (uint)value);
        }
    }
}
