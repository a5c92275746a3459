using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Models.Tests.Weights;

public sealed class TorchFileTests
{
    [Fact]
    public void Both_layouts_of_one_checkpoint_hold_the_same_values()
    {
        string tiny = SharedData.Require("golden/retrieval/tiny");
        using IWeightSource safe = WeightSource.Open(Path.Combine(tiny, "colbert-safetensors")), torch = WeightSource.Open(Path.Combine(tiny, "colbert-bin"));
        Assert.IsType<TorchFile>(torch);
        int compared = 0;
        foreach ((string name, TensorInfo tensor) in safe.Tensors)
        {
            float[] expected = new float[tensor.ElementCount], got = new float[tensor.ElementCount];
            safe.ReadFloat32(name, expected);
            torch.ReadFloat32(name, got);
            Assert.Equal(expected, got);
            Assert.Equal(tensor.Shape, torch.Tensors[name].Shape);
            compared++;
        }

        Assert.True(compared > 30);
    }

    [Fact]
    public void Every_kind_of_tensor_is_read()
    {
        string tiny = SharedData.Require("golden/retrieval/tiny");
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(tiny, "torch_files.json")));
        using var file = new TorchFile(Path.Combine(tiny, "torch_zip.bin"));
        Assert.NotEmpty(file.Tensors);
        foreach ((string name, TensorInfo tensor) in file.Tensors)
        {
            Assert.Equal(tensor.ByteLength, file.GetBytes(name).Length);
        }

        JmlrDataException legacy = Assert.Throws<JmlrDataException>(() => WeightSource.Open(Path.Combine(tiny, "torch_legacy_nonzip.bin")).Dispose());
        Assert.Contains("zip", legacy.Message, StringComparison.Ordinal);
    }
}
