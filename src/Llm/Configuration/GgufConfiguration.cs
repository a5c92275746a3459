using Jmlr.Models.Weights;

namespace Jmlr.Llm.Configuration;

/// <summary>Reads the shape of a Llama model from GGUF metadata (keys: ggml <c>docs/gguf.md</c>).</summary>
public static class GgufConfiguration
{
    /// <summary>Reads and validates; another architecture or a missing key is a <see cref="Jmlr.Models.Errors.JmlrDataException"/>.</summary>
    public static LlamaConfiguration Read(GgufFile file)
    {
        GgufMetadata keys = file.Metadata;
        string path = file.Path;
        string architecture = keys.GetString("general.architecture") ?? Throw.Data<string>(path, "metadata key 'general.architecture' is missing");
        if (architecture != "llama")
        {
            Throw.Data(path, $"architecture '{Shown(architecture)}' is not supported; supported is 'llama'");
        }

        int heads = Size(file, "attention.head_count", 4096);
        int hidden = Size(file, "embedding_length", 1 << 20);
        int headSize = Optional(file, "attention.key_length") ?? Even(path, hidden, heads);
        if ((Optional(file, "attention.value_length") ?? headSize) != headSize)
        {
            Throw.Data(path, "keys and values of different head sizes are not supported");
        }

        if (Optional(file, "rope.dimension_count") is int rotated && rotated != headSize)
        {
            Throw.Data(path, $"rotary positions on {rotated} of {headSize} dimensions of a head are not supported");
        }

        if (!file.Tensors.TryGetValue("token_embd.weight", out TensorInfo? embedding) || embedding.Shape.Count != 2)
        {
            return Throw.Data<LlamaConfiguration>(path, "no matrix 'token_embd.weight'");
        }

        int vocabulary = ConfigurationCheck.Range(path, "rows of 'token_embd.weight'", embedding.Shape[0], 1, 1 << 24);
        if (Optional(file, "vocab_size") is int stated && stated != vocabulary)
        {
            Throw.Data(path, $"llama.vocab_size is {stated}, 'token_embd.weight' has {vocabulary} rows");
        }

        return ConfigurationCheck.Require(
            new LlamaConfiguration
            {
                LayerCount = Size(file, "block_count", 1024),
                HiddenSize = hidden,
                FeedForwardSize = Size(file, "feed_forward_length", 1 << 20),
                HeadCount = heads,
                KeyValueHeadCount = Optional(file, "attention.head_count_kv") ?? heads,
                HeadSize = headSize,
                VocabularySize = vocabulary,
                // Attention here sees the whole context, which equals a sliding window only up to the window.
                ContextLength = Math.Min(Size(file, "context_length", 1 << 24), Optional(file, "attention.sliding_window") ?? int.MaxValue),
                RmsNormEpsilon = (float)(keys.GetNumber("llama.attention.layer_norm_rms_epsilon") ?? Throw.Data<double>(path, "metadata key 'llama.attention.layer_norm_rms_epsilon' is missing")),
                RopeTheta = keys.GetNumber("llama.rope.freq_base") ?? 10000,
                RopeLinearFactor = LinearFactor(file),
                RopeFrequencyDivisors = Divisors(file, headSize),
                AttentionBias = HasBias(file, "attn_"),
                FeedForwardBias = HasBias(file, "ffn_"),
                TiedEmbedding = !file.Tensors.ContainsKey("output.weight"),
            },
            path);
    }

    private static double LinearFactor(GgufFile file)
    {
        GgufMetadata keys = file.Metadata;
        string type = keys.GetString("llama.rope.scaling.type") ?? (keys.Contains("llama.rope.scale_linear") ? "linear" : "none");
        return type switch
        {
            "none" => 1,
            "linear" => keys.GetNumber("llama.rope.scaling.factor") ?? keys.GetNumber("llama.rope.scale_linear") ?? Throw.Data<double>(file.Path, "linear RoPE scaling without a factor"),
            _ => Throw.Data<double>(file.Path, $"RoPE scaling '{Shown(type)}' is not supported; supported are none, linear and Llama 3 factors"),
        };
    }

    private static float[]? Divisors(GgufFile file, int headSize)
    {
        if (!file.Tensors.TryGetValue("rope_freqs.weight", out TensorInfo? tensor))
        {
            return null;
        }

        if (tensor.ElementCount != headSize / 2)
        {
            Throw.Data(file.Path, $"'rope_freqs.weight' has {tensor.ElementCount} elements, expected {headSize / 2}");
        }

        float[] divisors = new float[headSize / 2];
        file.ReadFloat32("rope_freqs.weight", divisors);
        return divisors;
    }

    private static bool HasBias(GgufFile file, string part) =>
        file.Tensors.Keys.Any(name => name.EndsWith(".bias", StringComparison.Ordinal) && name.Contains("." + part, StringComparison.Ordinal));

    private static int Even(string path, int hidden, int heads) =>
        hidden % heads == 0 ? hidden / heads : Throw.Data<int>(path, $"hidden size {hidden} is no multiple of {heads} heads");

    private static int Size(GgufFile file, string key, int maximum) =>
        ConfigurationCheck.Range(file.Path, $"llama.{key}", file.Metadata.GetInteger($"llama.{key}") ?? Throw.Data<long>(file.Path, $"metadata key 'llama.{key}' is missing"), 1, maximum);

    private static int? Optional(GgufFile file, string key) =>
        file.Metadata.GetInteger($"llama.{key}") is long value ? ConfigurationCheck.Range(file.Path, $"llama.{key}", value, 1, 1 << 24) : null;

    private static string Shown(string text) => new([.. text.Take(40).Select(c => char.IsControl(c) ? '?' : c)]);
}
