using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Models.Files;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Widening is bit-identical to the reference for every block type.</summary>
public sealed class DequantiserTests
{
    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    [InlineData(TensorType.Q5_0)]
    [InlineData(TensorType.Q5_1)]
    [InlineData(TensorType.Q8_0)]
    [InlineData(TensorType.Q4_K)]
    [InlineData(TensorType.Q5_K)]
    [InlineData(TensorType.Q6_K)]
    [InlineData(TensorType.Q2_K)]
    [InlineData(TensorType.Q3_K)]
    [InlineData(TensorType.IQ4_NL)]
    [InlineData(TensorType.IQ4_XS)]
    public void Blocks_widen_exactly_as_the_reference(TensorType type)
    {
        using var golden = new SafetensorsFile(SharedData.Require("golden/llama/quant/quant_goldens.safetensors"));
        int compared = 0;
        foreach (string kind in (string[])["raw", "random_raw"])
        {
            string raw = $"{type}.{kind}", widened = $"{type}.{kind.Replace("raw", "deq", StringComparison.Ordinal)}";
            if (!golden.Tensors.ContainsKey(raw))
            {
                continue;
            }

            ReadOnlySpan<float> expected = MemoryMarshal.Cast<byte, float>(golden.GetBytes(widened));
            float[] got = new float[expected.Length];
            Assert.True(Dequantiser.TryConvert(type, golden.GetBytes(raw), got));
            for (int i = 0; i < got.Length; i++)
            {
                Assert.True(BitConverter.SingleToInt32Bits(got[i]) == BitConverter.SingleToInt32Bits(expected[i]) || (float.IsNaN(got[i]) && float.IsNaN(expected[i])), $"{raw}[{i}]: {got[i]:R}, expected {expected[i]:R}");
            }

            compared += got.Length;
        }

        Assert.True(compared > 0);
    }

    [Fact]
    public void Every_tensor_of_the_shipped_generator_widens_as_the_reference()
    {
        string inventory = SharedData.Require("golden/llama/gguf_inventory.json");
        using var file = new GgufFile(Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf"));
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(inventory));
        int count = 0;
        foreach (JsonElement tensor in list.RootElement.GetProperty("tensors").EnumerateArray())
        {
            string name = tensor.GetProperty("name").GetString()!;
            float[] values = new float[file.Tensors[name].ElementCount];
            file.ReadFloat32(name, values);
            Assert.Equal(tensor.GetProperty("sha256_fp32").GetString(), ContentHash.Of(MemoryMarshal.AsBytes<float>(values)));
            count++;
        }

        Assert.Equal(file.Tensors.Count, count);
    }

    [Fact]
    public void Every_half_widens_as_the_framework_does()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] wide = new float[all.Length];
        HalfFloats.Widen(all, wide);
        for (int i = 0; i < all.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(all[i]);
            Assert.True(wide[i].Equals(expected), $"{i:x4}: {wide[i]} {expected}");
            Assert.True(HalfFloats.Widen(all[i]).Equals(expected), $"scalar {i:x4}");
        }
    }
}
