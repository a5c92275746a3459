using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>Hidden states of the shipped encoder against those of transformers (golden/retrieval, section 2). Ours is rounded to fp16, hence the cosine.</summary>
public sealed class BertGoldenTests
{
    private const int Hidden = 384;

    [Theory]
    [InlineData(false, 0.9999)]
    [InlineData(true, 0.999)]
    public void Texts_alone_give_the_reference_states(bool brain, double cosine)
    {
        using var golden = new SafetensorsFile(SharedData.Require("golden/retrieval/minilm_encoder.safetensors"));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/retrieval/minilm_encoder.json")));
        using BertEncoder encoder = Open(brain);
        foreach (JsonElement text in list.RootElement.GetProperty("texts").EnumerateArray())
        {
            long[] ids = [.. text.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
            string name = $"single.{text.GetProperty("i").GetInt32():00}";
            Compare(Floats(golden, name), Run(encoder, ids, null, 1), cosine, name);
        }
    }

    [Theory]
    [InlineData(false, 0.9999)]
    [InlineData(true, 0.999)]
    public void Padding_changes_nothing(bool brain, double cosine)
    {
        using var golden = new SafetensorsFile(SharedData.Require("golden/retrieval/minilm_encoder.safetensors"));
        using BertEncoder encoder = Open(brain);
        int[] mask = Integers(golden, "batch4.attention_mask");
        float[] expected = Floats(golden, "batch4.last_hidden_state");
        float[] got = Run(encoder, [.. Integers(golden, "batch4.input_ids").Select(id => (long)id)], [.. mask.Chunk(mask.Length / 4).Select(row => row.Sum())], 4);
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 0)
            {
                Compare(expected.AsSpan(i * Hidden, Hidden), got.AsSpan(i * Hidden, Hidden), cosine, $"position {i}");
            }
        }
    }

    private static BertEncoder Open(bool brain)
    {
        TorchRuntime.Start(1);
        string folder = Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever");
        BertConfiguration configuration = BertConfiguration.Read(Path.Combine(folder, "config.json"));
        using var file = new BertFile(WeightSource.Open(folder), configuration);
        return new BertEncoder(configuration, new BertWeights(file, brain ? bfloat16 : float32, CPU), threads: 2);
    }

    private static float[] Run(BertEncoder encoder, long[] ids, int[]? lengths, int rows)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        Tensor states = encoder.Forward(tensor(ids, rows, ids.Length / rows), lengths);
        return MemoryMarshal.Cast<byte, float>(states.to(float32).contiguous().bytes).ToArray();
    }

    private static void Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double cosine, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int at = 0; at < got.Length; at += Hidden)
        {
            float similarity = TensorPrimitives.CosineSimilarity(expected.Slice(at, Hidden), got.Slice(at, Hidden));
            Assert.True(similarity >= cosine, $"{what}, token {at / Hidden}: cosine {similarity}");
            float ratio = TensorPrimitives.Norm(got.Slice(at, Hidden)) / TensorPrimitives.Norm(expected.Slice(at, Hidden));
            // 1 - cosine is second order in the error, the length first order.
            double error = 2 * Math.Sqrt(1 - cosine);
            Assert.InRange(ratio, 1 - error, 1 + error);
        }
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static int[] Integers(SafetensorsFile file, string name) => MemoryMarshal.Cast<byte, int>(file.GetBytes(name)).ToArray();
}
