using System.Buffers.Binary;
using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Checkpoints written by PyTorch itself.</summary>
public sealed class TorchFileTests
{
    [Fact]
    public void Both_layouts_of_one_checkpoint_hold_the_same_values()
    {
        string tiny = SharedData.Require("golden/retrieval/tiny");
        using IWeightSource torch = WeightSource.Open(Path.Combine(tiny, "colbert-bin"));
        Assert.IsType<TorchFile>(torch);
        using IWeightSource safe = WeightSource.Open(Path.Combine(tiny, "colbert-safetensors"));
        Assert.True(Compare(safe, torch) > 30);
    }

    [Theory]
    [InlineData("c_bin_sharded_bf16", "c_safetensors_bf16")]
    [InlineData("c_bin_sharded_fp16", "b_safetensors_sharded_fp16")]
    public void Shards_hold_the_same_values_in_both_formats(string torch, string safe)
    {
        string tiny = SharedData.Require("golden/llama/tiny");
        using IWeightSource left = WeightSource.Open(Path.Combine(tiny, safe)), right = WeightSource.Open(Path.Combine(tiny, torch));
        Assert.IsType<ShardedWeights>(right);
        Assert.True(Compare(left, right) >= 21);
    }

    [Theory]
    [InlineData("golden/llama/tiny/c_bin_edge/edge.bin", "golden/llama/tiny/c_bin_edge/edge.json", 15)]
    [InlineData("golden/retrieval/tiny/torch_zip.bin", "golden/retrieval/tiny/torch_files.json", 10)]
    public void Every_kind_of_tensor_is_read(string checkpoint, string expected, int atLeast)
    {
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require(expected)));
        using var file = new TorchFile(SharedData.Require(checkpoint));
        int compared = 0;
        foreach (JsonProperty item in list.RootElement.EnumerateObject())
        {
            TensorInfo tensor = file.Tensors[item.Name];
            Assert.Equal(item.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape);
            if (item.Value.GetProperty("values") is { ValueKind: JsonValueKind.Array } values)
            {
                Assert.Equal(values.EnumerateArray().Select(Number), Values(file, tensor));
                compared++;
            }
        }

        Assert.Equal(list.RootElement.EnumerateObject().Count(), file.Tensors.Count);
        Assert.True(compared >= atLeast - 1);
    }

    [Fact]
    public void A_nested_checkpoint_is_read()
    {
        using IWeightSource file = WeightSource.Open(SharedData.Require("golden/llama/tiny/c_bin_edge/nested.bin"));
        Assert.Contains("a", file.Tensors.Keys);
    }

    [Theory]
    [InlineData("golden/llama/tiny/c_bin_edge/legacy_nonzip.bin")]
    [InlineData("golden/retrieval/tiny/torch_legacy_nonzip.bin")]
    public void The_form_before_zip_is_refused_with_what_to_do(string checkpoint)
    {
        string path = SharedData.Require(checkpoint);
        Assert.Contains("save it again", Assert.Throws<JmlrDataException>(() => WeightSource.Open(path).Dispose()).Message, StringComparison.Ordinal);
    }

    private static int Compare(IWeightSource expected, IWeightSource found)
    {
        foreach ((string name, TensorInfo tensor) in expected.Tensors)
        {
            float[] left = new float[tensor.ElementCount], right = new float[tensor.ElementCount];
            expected.ReadFloat32(name, left);
            found.ReadFloat32(name, right);
            Assert.Equal(left, right);
            Assert.Equal(tensor.Shape, found.Tensors[name].Shape);
        }

        return expected.Tensors.Count;
    }

    private static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => value.GetDouble(),
    };

    private static double[] Values(TorchFile file, TensorInfo tensor)
    {
        ReadOnlySpan<byte> bytes = file.GetBytes(tensor.Name);
        Assert.Equal(tensor.ByteLength, bytes.Length);
        double[] values = new double[tensor.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> element = bytes[(i * TensorTypes.BlockBytes(tensor.Type))..];
            values[i] = tensor.Type switch
            {
                TensorType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(element),
                TensorType.I64 => BinaryPrimitives.ReadInt64LittleEndian(element),
                TensorType.I32 => BinaryPrimitives.ReadInt32LittleEndian(element),
                TensorType.U8 or TensorType.Bool => element[0],
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                TensorType.F16 => HalfFloats.Widen(BinaryPrimitives.ReadUInt16LittleEndian(element)),
                TensorType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
                _ => throw new NotSupportedException($"{tensor.Type}"),
            };
        }

        return values;
    }
}
