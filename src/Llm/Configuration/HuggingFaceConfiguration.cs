using System.Text.Json;

namespace Jmlr.Llm.Configuration;

/// <summary>Reads the shape of a Llama model from a Hugging Face <c>config.json</c> (fields: transformers <c>configuration_llama.py</c>).</summary>
public static class HuggingFaceConfiguration
{
    private const long MaximumBytes = 1 << 20;

    /// <summary>Reads and validates <paramref name="path"/>; anything not understood that changes the computation is refused.</summary>
    public static LlamaConfiguration Read(string path)
    {
        if (!File.Exists(path))
        {
            bool adapter = File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "adapter_config.json"));
            Throw.Operation($"no '{path}': {(adapter ? "this is a LoRA adapter, which runs over its base model or is merged into it" : "a Hugging Face folder needs its config.json")}");
        }

        if (new FileInfo(path).Length > MaximumBytes)
        {
            Throw.Data(path, $"larger than {MaximumBytes} bytes");
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? Read(new JsonFields(path, json.RootElement))
                : Throw.Data<LlamaConfiguration>(path, "expected a JSON object");
        }
        catch (JsonException error)
        {
            return Throw.Data<LlamaConfiguration>(path, $"not valid JSON: {error.Message}", error);
        }
    }

    private static LlamaConfiguration Read(JsonFields fields)
    {
        string path = fields.Path;
        string type = fields.Text("model_type") ?? Throw.Data<string>(path, "'model_type' is missing");
        if (type is not ("llama" or "mistral"))
        {
            Throw.Data(path, $"model_type '{type}' is not supported; supported are llama and mistral");
        }

        if (fields.Text("hidden_act") is string activation and not "silu")
        {
            Throw.Data(path, $"hidden_act '{activation}' is not supported; supported is silu");
        }

        int heads = fields.Size("num_attention_heads") ?? Throw.Data<int>(path, "'num_attention_heads' is missing");
        int hidden = fields.Size("hidden_size") ?? Throw.Data<int>(path, "'hidden_size' is missing");
        int headSize = fields.Size("head_dim")
            ?? (hidden % heads == 0 ? hidden / heads : Throw.Data<int>(path, $"hidden_size {hidden} is no multiple of {heads} heads"));
        int context = fields.Size("max_position_embeddings") ?? 2048;
        var rope = RopeScaling.Read(fields, headSize);
        return ConfigurationCheck.Require(
            new LlamaConfiguration
            {
                LayerCount = fields.Size("num_hidden_layers") ?? Throw.Data<int>(path, "'num_hidden_layers' is missing"),
                HiddenSize = hidden,
                FeedForwardSize = fields.Size("intermediate_size") ?? Throw.Data<int>(path, "'intermediate_size' is missing"),
                HeadCount = heads,
                KeyValueHeadCount = fields.Size("num_key_value_heads") ?? heads,
                HeadSize = headSize,
                VocabularySize = fields.Size("vocab_size") ?? Throw.Data<int>(path, "'vocab_size' is missing"),
                // Attention here sees the whole context, which equals a sliding window only up to the window.
                ContextLength = Math.Min(context, type == "mistral" ? fields.Size("sliding_window") ?? context : context),
                RmsNormEpsilon = (float)(fields.Number("rms_norm_eps") ?? 1e-6),
                RopeTheta = rope.Theta,
                RopeLinearFactor = rope.LinearFactor,
                RopeFrequencyDivisors = rope.Divisors,
                AttentionBias = fields.Flag("attention_bias") ?? false,
                FeedForwardBias = fields.Flag("mlp_bias") ?? false,
                TiedEmbedding = fields.Flag("tie_word_embeddings") ?? false,
            },
            path);
    }
}
