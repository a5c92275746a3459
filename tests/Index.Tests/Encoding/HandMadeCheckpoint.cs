using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>A checkpoint of random weights in a folder of its own, in colbert-ai's layout or PyLate's.</summary>
sealed class HandMadeCheckpoint : IDisposable
{
    internal const int Layers = 2, Hidden = 12, Heads = 3, Inner = 20, Vocabulary = 14, Positions = 24, Dimension = 5;
    internal const double Epsilon = 1e-12;

    private const string Pieces = "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK] a b c ##x ##y , .";

    private HandMadeCheckpoint(string folder, Dictionary<string, (long[] Shape, float[] Values)> weights)
    {
        Folder = folder;
        Weights = weights;
    }

    internal string Folder { get; }

    internal Dictionary<string, (long[] Shape, float[] Values)> Weights { get; }

    internal ReferenceBert Reference => new(Weights, Layers, Hidden, Heads, Epsilon);

    internal static HandMadeCheckpoint Create(bool pylate)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-checkpoint-").FullName;
        var checkpoint = new HandMadeCheckpoint(folder, MakeWeights());
        IEnumerable<(string, long[], float[])> bert = checkpoint.Weights.Where(pair => pair.Key != "linear.weight").Select(pair => ((pylate ? "" : "bert.") + pair.Key, pair.Value.Shape, pair.Value.Values));
        (string, long[], float[]) linear = ("linear.weight", checkpoint.Weights["linear.weight"].Shape, checkpoint.Weights["linear.weight"].Values);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), pylate ? [.. bert] : [.. bert, linear]);
        checkpoint.Write("vocab.txt", Pieces.Replace(' ', '\n') + "\n");
        checkpoint.Write("config.json", $$"""{"num_hidden_layers":{{Layers}},"hidden_size":{{Hidden}},"num_attention_heads":{{Heads}},"intermediate_size":{{Inner}},"vocab_size":{{Vocabulary}},"max_position_embeddings":{{Positions}},"type_vocab_size":1,"layer_norm_eps":1e-12,"hidden_act":"gelu"}""");
        if (pylate)
        {
            Directory.CreateDirectory(Path.Combine(folder, "1_Dense"));
            SafetensorsWriter.Write(Path.Combine(folder, "1_Dense/model.safetensors"), [linear]);
            checkpoint.Write("modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Dense","type":"pylate.models.Dense.Dense"}]""");
            checkpoint.Write("config_sentence_transformers.json", """{"query_prefix":"[unused0]","document_prefix":"[unused1]","query_length":8,"document_length":16,"skiplist_words":[","]}""");
        }
        else
        {
            checkpoint.Write("artifact.metadata", """{"query_token_id":"[unused0]","doc_token_id":"[unused1]","query_maxlen":8,"doc_maxlen":16,"mask_punctuation":true}""");
        }

        return checkpoint;
    }

    internal void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static Dictionary<string, (long[] Shape, float[] Values)> MakeWeights()
    {
        var random = new Random(20261125);
        var weights = new Dictionary<string, (long[] Shape, float[] Values)>();
        void Add(string name, params long[] shape) => weights[name] = (shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)((random.NextDouble() - 0.5) * 0.8))]);
        void Linear(string name, int outputs, int inputs)
        {
            Add(name + ".weight", outputs, inputs);
            Add(name + ".bias", outputs);
        }

        void Norm(string name)
        {
            Add(name + ".weight", Hidden);
            Add(name + ".bias", Hidden);
        }

        Add("embeddings.word_embeddings.weight", Vocabulary, Hidden);
        Add("embeddings.position_embeddings.weight", Positions, Hidden);
        Add("embeddings.token_type_embeddings.weight", 1, Hidden);
        Norm("embeddings.LayerNorm");
        for (int layer = 0; layer < Layers; layer++)
        {
            string name = $"encoder.layer.{layer}.";
            Array.ForEach(["query", "key", "value"], part => Linear(name + "attention.self." + part, Hidden, Hidden));
            Linear(name + "attention.output.dense", Hidden, Hidden);
            Norm(name + "attention.output.LayerNorm");
            Linear(name + "intermediate.dense", Inner, Hidden);
            Linear(name + "output.dense", Hidden, Inner);
            Norm(name + "output.LayerNorm");
        }

        Add("linear.weight", Dimension, Hidden);
        return weights;
    }
}
