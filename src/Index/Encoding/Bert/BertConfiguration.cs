namespace Jmlr.Index.Encoding.Bert;

/// <summary>Shape of a BERT encoder, from Hugging Face <c>config.json</c>.</summary>
sealed record BertConfiguration(
    int LayerCount, int HiddenSize, int HeadCount, int IntermediateSize, int VocabularySize, int MaximumPositions, int TypeCount, double LayerNormEpsilon)
{
    /// <summary>Width of a head.</summary>
    internal int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads and validates the file.</summary>
    internal static BertConfiguration Read(string path)
    {
        using CheckpointJson json = CheckpointJson.ReadObject(path);
        string activation = json.Text("hidden_act", "gelu"), positions = json.Text("position_embedding_type", "absolute");
        if (activation != "gelu" || positions != "absolute")
        {
            Throw.Checkpoint(path, $"hidden_act '{activation}' and position_embedding_type '{positions}': only 'gelu' and 'absolute' are supported");
        }

        var configuration = new BertConfiguration(
            json.Integer("num_hidden_layers", 1, 200), json.Integer("hidden_size", 1, 16_384), json.Integer("num_attention_heads", 1, 1024), json.Integer("intermediate_size", 1, 65_536),
            json.Integer("vocab_size", 1, 4_000_000), json.Integer("max_position_embeddings", 1, 1_000_000), json.Integer("type_vocab_size", 1, 1024, 2), json.Number("layer_norm_eps", 1e-12));
        if (configuration.HiddenSize % configuration.HeadCount != 0 || configuration.LayerNormEpsilon is not (> 0 and < 1))
        {
            Throw.Checkpoint(path, $"hidden_size {configuration.HiddenSize} with {configuration.HeadCount} heads, layer_norm_eps {configuration.LayerNormEpsilon}");
        }

        return configuration;
    }
}
