using System.Text.Json;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Models.Packaging;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>Token vectors against those of colbert-ai and PyLate (golden/retrieval, sections 3 and 4).</summary>
public sealed class ColbertGoldenTests
{
    // The tiny checkpoints are exact in every precision; the shipped encoder is the golden one rounded to fp16, hence the cosine.
    private const float TinyTolerance = 2e-5f;
    private const double SingleCosine = 0.9999, BrainCosine = 0.999;

    [Theory]
    [InlineData("colbert-safetensors", "colbert")]
    [InlineData("colbert-bin", "colbert")]
    [InlineData("pylate", "pylate")]
    public void Tiny_checkpoints_of_others_give_their_vectors(string folder, string name)
    {
        string root = SharedData.Require("golden/retrieval/tiny");
        using var golden = new SafetensorsFile(Path.Combine(root, "golden.safetensors"));
        using JsonDocument texts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "texts.json")));
        using ColbertEncoder encoder = ColbertCheckpoint.Open(Path.Combine(root, folder), new EncoderOptions());

        float[] queries = Floats(golden, $"{name}.q_emb");
        string[] questions = [.. texts.RootElement.GetProperty("queries").EnumerateArray().Select(text => text.GetString()!)];
        var matrix = new TokenMatrix(encoder.Dimension);
        for (int i = 0; i < questions.Length; i++)
        {
            // The last query is longer than the checkpoint's query length: the reference cuts it, we do not.
            encoder.EncodeQuery(questions[i], matrix);
            if (encoder.Tokenizer.Count(questions[i]) + 3 <= encoder.QueryLength)
            {
                Assert.Equal(32, matrix.Rows);
                AssertClose(queries.AsSpan(i * 32 * 16, 32 * 16), matrix.Values, TinyTolerance, $"query {i}");
            }
            else
            {
                Assert.True(matrix.Rows > 32);
            }
        }

        float[] expected = Floats(golden, $"{name}.d_emb");
        float[][] got = Encode(encoder, [.. texts.RootElement.GetProperty("documents").EnumerateArray().Select(text => text.GetString()!).Select(text => Fit(encoder, text))]);
        int at = 0;
        for (int i = 0; i < got.Length; i++)
        {
            AssertClose(expected.AsSpan(at, got[i].Length), got[i], TinyTolerance, $"document {i}");
            at += got[i].Length;
        }

        Assert.Equal(expected.Length, at);
    }

    [Theory]
    [InlineData(EncoderPrecision.Fp32, SingleCosine)]
    [InlineData(EncoderPrecision.Bf16, BrainCosine)]
    public void The_shipped_encoder_gives_the_reference_vectors(EncoderPrecision precision, double cosine)
    {
        string golden = SharedData.Require("golden/retrieval");
        using var values = new SafetensorsFile(Path.Combine(golden, "colbert_encode.safetensors"));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden, "colbert_encode.json")));
        using TemporaryModel model = TemporaryModel.WithProjection(Path.Combine(golden, "linear.safetensors"), passageLength: 220);
        using ColbertEncoder encoder = ColbertCheckpoint.Open(model.Folder, new EncoderOptions { Precision = precision });

        int compared = 0;
        float[] queries = Floats(values, "q_emb");
        var matrix = new TokenMatrix(encoder.Dimension);
        int index = 0;
        foreach (JsonElement query in list.RootElement.GetProperty("queries").EnumerateArray())
        {
            string? text = ScifactTexts.Of(query);
            if (text is not null && !HasSpecial(text) && encoder.Tokenizer.Count(text) + 3 <= 32)
            {
                encoder.EncodeQuery(text, matrix);
                Assert.Equal(32, matrix.Rows);
                AssertCosine(queries.AsSpan(index * 32 * 128, 32 * 128), matrix.Values, cosine, $"query {index}");
                compared++;
            }

            index++;
        }

        float[] lengths = [.. Integers(values, "d_lengths").Select(length => (float)length)];
        float[] documents = Floats(values, "d_emb");
        int start = 0;
        index = 0;
        foreach (JsonElement document in list.RootElement.GetProperty("documents").EnumerateArray())
        {
            int length = (int)lengths[index];
            // Special tokens written in a text are plain text for us, and a text that the reference cuts is refused: such documents are left out.
            if (ScifactTexts.Of(document) is string text && !HasSpecial(text) && encoder.Tokenizer.Count(text) + 3 <= 220)
            {
                float[] got = Encode(encoder, [text])[0];
                Assert.Equal(length * 128, got.Length);
                AssertCosine(documents.AsSpan(start * 128, length * 128), got, cosine, $"document {index}");
                compared++;
            }

            start += length;
            index++;
        }

        Assert.True(compared > 30, $"only {compared} texts compared");
    }

    [Theory]
    [InlineData(EncoderPrecision.Fp32, SingleCosine)]
    [InlineData(EncoderPrecision.Bf16, BrainCosine)]
    public void Without_markers_the_vectors_are_those_of_the_encoder_as_it_was_trained(EncoderPrecision precision, double cosine)
    {
        string golden = SharedData.Require("golden/retrieval");
        using var values = new SafetensorsFile(Path.Combine(golden, "minilm_encoder.safetensors"));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden, "minilm_encoder.json")));
        using TemporaryModel model = TemporaryModel.WithProjection(Path.Combine(golden, "linear.safetensors"), passageLength: 512, marked: false);
        using ColbertEncoder encoder = ColbertCheckpoint.OpenUnprojected(ModelFolder.Open(model.Folder), new EncoderOptions { Precision = precision });
        Assert.False(encoder.MarksQueries || encoder.MarksPassages);
        const int Hidden = 384;
        int compared = 0;
        var matrix = new TokenMatrix(encoder.Dimension);
        foreach (JsonElement entry in list.RootElement.GetProperty("texts").EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!, name = $"single.{entry.GetProperty("i").GetInt32():00}";
            int length = entry.GetProperty("ids").GetArrayLength();
            if (HasSpecial(text) || encoder.Tokenizer.Count(text) + 2 != length)
            {
                continue;
            }

            float[] expected = Floats(values, name);
            if (length <= encoder.QueryLength)
            {
                encoder.EncodeQuery(text, matrix);
                AssertCosine(expected, matrix.Values, cosine, name);
                compared++;
            }

            // A passage has no vectors of punctuation.
            var tokens = new List<TokenSpan>();
            encoder.Tokenizer.Encode(text, tokens);
            TokenSpan?[] places = TokenPlaces.OfPassage(encoder, text, Encode(encoder, [text])[0].Length / Hidden)!;
            int[] kept = [0, .. places.Skip(1).SkipLast(1).Select(place => 1 + tokens.FindIndex(token => token.Start == place!.Value.Start)), length - 1];
            AssertCosine(kept.SelectMany(token => expected.Skip(token * Hidden).Take(Hidden)).ToArray(), Encode(encoder, [text])[0], cosine, name);
            compared++;
        }

        Assert.True(compared > 30, $"only {compared} texts compared");
    }

    [Fact]
    public void The_shipped_encoder_in_pylate_layout_gives_pylates_vectors()
    {
        string golden = SharedData.Require("golden/retrieval");
        using var values = new SafetensorsFile(Path.Combine(golden, "pylate_encode.safetensors"));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden, "colbert_encode.json")));
        using TemporaryModel model = TemporaryModel.PyLate(Path.Combine(golden, "linear.safetensors"), passageLength: 220);
        using ColbertEncoder encoder = ColbertCheckpoint.Open(model.Folder, new EncoderOptions());
        const int firstStored = 22;
        float[] stored = Floats(values, "d_emb_from_doc22"), queries = Floats(values, "q_emb");
        int[] lengths = Integers(values, "d_lengths");
        int at = 0, compared = 0;
        foreach ((int index, JsonElement document) in list.RootElement.GetProperty("documents").EnumerateArray().Index().Skip(firstStored))
        {
            string text = document.GetProperty("text").GetString()!;
            if (!HasSpecial(text))
            {
                AssertCosine(stored.AsSpan(at * 128, lengths[index] * 128), Encode(encoder, [text])[0], SingleCosine, $"document {index}");
                compared++;
            }

            at += lengths[index];
        }

        Assert.Equal(9, compared);
        var matrix = new TokenMatrix(encoder.Dimension);
        foreach ((int index, JsonElement query) in list.RootElement.GetProperty("queries").EnumerateArray().Index())
        {
            if (ScifactTexts.Of(query) is string text && !HasSpecial(text) && encoder.Tokenizer.Count(text) + 3 <= 32)
            {
                encoder.EncodeQuery(text, matrix);
                AssertCosine(queries.AsSpan(index * 32 * 128, 32 * 128), matrix.Values, SingleCosine, $"query {index}");
            }
        }
    }

    [Fact]
    public void Batching_does_not_change_a_passage()
    {
        using ColbertEncoder encoder = ColbertCheckpoint.Open(Path.Combine(SharedData.Repository, "models/jmlr-mini"), new EncoderOptions());
        string[] texts = [.. Enumerable.Range(1, 40).Select(i => string.Join(' ', Enumerable.Repeat("aspirin 75 mg daily, unless bleeding risk is high;", 1 + (i % 9))))];
        float[][] together = Encode(encoder, texts);
        for (int i = 0; i < texts.Length; i += 7)
        {
            AssertClose(Encode(encoder, [texts[i]])[0], together[i], 1e-4f, $"text {i}");
        }
    }

    [Fact]
    public void A_query_that_does_not_fit_is_not_cut()
    {
        using ColbertEncoder encoder = ColbertCheckpoint.Open(Path.Combine(SharedData.Repository, "models/jmlr-mini"), new EncoderOptions());
        var matrix = new TokenMatrix(encoder.Dimension);
        string query = string.Join(' ', Enumerable.Repeat("fever cough", 50));
        encoder.EncodeQuery(query, matrix);
        Assert.True(matrix.Rows >= encoder.Tokenizer.Count(query));
        for (int row = 0; row < matrix.Rows; row++)
        {
            Assert.Equal(1, System.Numerics.Tensors.TensorPrimitives.Norm(matrix.Row(row)), 1e-4f);
        }
    }

    [Fact]
    public void A_passage_that_does_not_fit_is_an_error() =>
        Assert.Throws<Models.Errors.JmlrOperationException>(() =>
        {
            using ColbertEncoder encoder = ColbertCheckpoint.Open(Path.Combine(SharedData.Repository, "models/jmlr-mini"), new EncoderOptions());
            Encode(encoder, [string.Join(' ', Enumerable.Repeat("word", 500))]);
        });

    private static float[][] Encode(ColbertEncoder encoder, string[] texts)
    {
        var vectors = new float[texts.Length][];
        encoder.EncodePassages(texts, (passage, values) => vectors[passage] = values.ToArray(), TestContext.Current.CancellationToken);
        return vectors;
    }

    private static bool HasSpecial(string text) => ((string[])["[PAD]", "[MASK]", "[SEP]", "[CLS]", "[UNK]"]).Any(special => text.Contains(special, StringComparison.Ordinal));

    // The reference cuts a document at its length; ours refuses, so the test cuts it the same way.
    private static string Fit(ColbertEncoder encoder, string text)
    {
        var tokens = new List<Models.Tokenizers.TokenSpan>();
        encoder.Tokenizer.Encode(text, tokens);
        int room = encoder.PassageLength - 3;
        return tokens.Count <= room ? text : text[..tokens[room - 1].End];
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static int[] Integers(SafetensorsFile file, string name) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(file.GetBytes(name)).ToArray();

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, float tolerance, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - got[i]) <= tolerance, $"{what}, value {i}: {got[i]}, expected {expected[i]}");
        }
    }

    private static void AssertCosine(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double cosine, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int at = 0; at < got.Length; at += 128)
        {
            float similarity = System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(expected.Slice(at, 128), got.Slice(at, 128));
            Assert.True(similarity >= cosine, $"{what}, token {at / 128}: cosine {similarity}");
        }
    }
}
