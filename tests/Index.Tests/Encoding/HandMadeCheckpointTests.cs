using Jmlr.Index.Encoding;
using Jmlr.Models.Errors;
using Jmlr.Models.Packaging;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>The whole path from folder to vectors against a plain fp64 BERT, and what is refused.</summary>
public sealed class HandMadeCheckpointTests
{
    private const int Cls = 4, Sep = 5, Comma = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vectors_are_those_of_the_plain_computation(bool pylate)
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate);
        using ColbertEncoder encoder = ColbertCheckpoint.Open(checkpoint.Folder, new EncoderOptions { Threads = 1 });
        string[] texts = ["a b, axy", "", "c c c c a bx", "a"];
        float[][] vectors = new float[texts.Length][];
        encoder.EncodePassages(texts, (passage, values) => vectors[passage] = values.ToArray(), TestContext.Current.CancellationToken);
        for (int i = 0; i < texts.Length; i++)
        {
            var ids = new List<int> { Cls, 2 };
            ((Models.Tokenizers.WordPiece.WordPieceTokenizer)encoder.Tokenizer).EncodeIds(texts[i], ids);
            ids.Add(Sep);
            double[][] states = checkpoint.Reference.Run(ids);
            Compare([.. Enumerable.Range(0, ids.Count).Where(t => ids[t] != Comma).Select(t => checkpoint.Reference.Project(states[t]))], vectors[i], texts[i]);
        }

        // The padding of a query is not looked at, but it has vectors of its own; the plain computation covers the words.
        var query = new TokenMatrix(encoder.Dimension);
        encoder.EncodeQuery("a bx", query);
        Assert.Equal(8, query.Rows);
        double[][] words = checkpoint.Reference.Run([Cls, 1, 7, 8, 10, Sep]);
        Compare([.. words.Select(checkpoint.Reference.Project)], query.Values[..(words.Length * HandMadeCheckpoint.Dimension)], "query");
    }

    [Fact]
    public void A_model_folder_takes_the_projection_of_the_encoders_own_file()
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate: false);
        string folder = Directory.CreateTempSubdirectory("jmlr-own-").FullName;
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, "retriever"), checkpoint.Folder);
            ModelFolder model = ModelFolder.Save(folder, new ModelManifest
            {
                Name = "own",
                Prompt = "none",
                Parts = [],
                Retriever = new RetrieverSettings { Folder = "retriever", QueryLength = 8, PassageLength = 16 },
            }, TestContext.Current.CancellationToken);
            using ColbertEncoder own = ColbertCheckpoint.Open(model, new EncoderOptions { Threads = 1 });
            using ColbertEncoder hidden = ColbertCheckpoint.OpenUnprojected(model, new EncoderOptions { Threads = 1 });
            Assert.Equal(HandMadeCheckpoint.Dimension, own.Dimension);
            Assert.Equal(HandMadeCheckpoint.Hidden, hidden.Dimension);
            Assert.NotEqual(own.Hash, hidden.Hash);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_hash_names_weights_and_settings_and_nothing_else()
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate: false);
        string first = Hash(checkpoint.Folder);
        checkpoint.Write("README.md", "not part of the encoder");
        Assert.Equal(first, Hash(checkpoint.Folder));
        checkpoint.Write("artifact.metadata", """{"query_maxlen":8,"doc_maxlen":16,"mask_punctuation":false}""");
        Assert.NotEqual(first, Hash(checkpoint.Folder));
        checkpoint.Write("artifact.metadata", """{"query_maxlen":8,"doc_maxlen":16,"mask_punctuation":true}""");
        Assert.Equal(first, Hash(checkpoint.Folder));
        byte[] weights = File.ReadAllBytes(Path.Combine(checkpoint.Folder, "model.safetensors"));
        weights[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(checkpoint.Folder, "model.safetensors"), weights);
        Assert.NotEqual(first, Hash(checkpoint.Folder));
    }

    [Theory]
    [InlineData("artifact.metadata", "[]")]
    [InlineData("artifact.metadata", "{")]
    [InlineData("artifact.metadata", """{"query_maxlen":"32"}""")]
    [InlineData("artifact.metadata", """{"query_maxlen":8,"doc_maxlen":25}""")]
    [InlineData("artifact.metadata", """{"query_maxlen":-1,"doc_maxlen":16}""")]
    [InlineData("artifact.metadata", """{"query_token_id":"[Q]","query_maxlen":8,"doc_maxlen":16}""")]
    [InlineData("config.json", """{"num_hidden_layers":2}""")]
    [InlineData("config.json", """{"num_hidden_layers":2,"hidden_size":12,"num_attention_heads":5,"intermediate_size":20,"vocab_size":14,"max_position_embeddings":24}""")]
    [InlineData("config.json", """{"num_hidden_layers":3,"hidden_size":12,"num_attention_heads":3,"intermediate_size":20,"vocab_size":14,"max_position_embeddings":24,"type_vocab_size":1}""")]
    [InlineData("config.json", """{"num_hidden_layers":2,"hidden_size":12,"num_attention_heads":3,"intermediate_size":20,"vocab_size":13,"max_position_embeddings":24,"type_vocab_size":1}""")]
    [InlineData("config.json", """{"num_hidden_layers":2,"hidden_size":12,"num_attention_heads":3,"intermediate_size":20,"vocab_size":14,"max_position_embeddings":24,"hidden_act":"relu"}""")]
    [InlineData("config.json", """{"num_hidden_layers":2,"hidden_size":12,"num_attention_heads":3,"intermediate_size":20,"vocab_size":14,"max_position_embeddings":24,"layer_norm_eps":"x"}""")]
    public void A_damaged_checkpoint_is_refused(string file, string text)
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate: false);
        checkpoint.Write(file, text);
        Assert.Throws<JmlrDataException>(() => Hash(checkpoint.Folder));
    }

    [Fact]
    public void A_tensor_of_integers_is_refused_on_opening()
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate: false);
        string path = Path.Combine(checkpoint.Folder, "model.safetensors");
        byte[] file = File.ReadAllBytes(path);
        const string Name = "bert.encoder.layer.1.output.dense.weight";
        int at = file.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Name));
        at += file.AsSpan(at).IndexOf("F32"u8);
        file[at] = (byte)'I';
        File.WriteAllBytes(path, file);
        Assert.Contains(Name, Assert.Throws<JmlrDataException>(() => Hash(checkpoint.Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modules.json", "{}")]
    [InlineData("modules.json", "[]")]
    [InlineData("modules.json", """[{"path":"","type":"a.Transformer"},{"path":"../1_Dense","type":"a.Dense"}]""")]
    [InlineData("modules.json", """[{"path":"","type":"a.Transformer"},{"path":"1_Dense","type":"a.Dense"},{"path":"1_Dense","type":"a.Dense"}]""")]
    [InlineData("modules.json", """[{"path":"","type":"a.Transformer"},{"path":"1_Pooling","type":"a.Pooling"},{"path":"1_Dense","type":"a.Dense"}]""")]
    [InlineData("modules.json", "[1]")]
    [InlineData("config_sentence_transformers.json", """{"query_prefix":7}""")]
    [InlineData("config_sentence_transformers.json", """{"skiplist_words":[1]}""")]
    [InlineData("1_Dense/config.json", """{"bias":true}""")]
    [InlineData("1_Dense/config.json", """{"activation_function":"torch.nn.modules.activation.Tanh"}""")]
    public void A_damaged_pylate_checkpoint_is_refused(string file, string text)
    {
        using HandMadeCheckpoint checkpoint = HandMadeCheckpoint.Create(pylate: true);
        checkpoint.Write(file, text);
        Assert.Throws<JmlrDataException>(() => Hash(checkpoint.Folder));
    }

    [Fact]
    public void A_folder_without_a_checkpoint_is_refused()
    {
        var error = Assert.Throws<JmlrDataException>(() => Hash(Path.GetTempPath()));
        Assert.Contains("modules.json", error.Message, StringComparison.Ordinal);
    }

    private static string Hash(string folder)
    {
        using ColbertEncoder encoder = ColbertCheckpoint.Open(folder, new EncoderOptions { Threads = 1 });
        return encoder.Hash;
    }

    private static void Compare(double[][] expected, ReadOnlySpan<float> got, string what)
    {
        Assert.Equal(expected.Length * HandMadeCheckpoint.Dimension, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            double wanted = expected[i / HandMadeCheckpoint.Dimension][i % HandMadeCheckpoint.Dimension];
            Assert.True(Math.Abs(wanted - got[i]) < 1e-5, $"'{what}', value {i}: {got[i]}, expected {wanted}");
        }
    }
}
