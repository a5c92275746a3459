using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Models.Tests.Weights;

public sealed class TorchHandmadeTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"jmlr-{Guid.NewGuid():N}.bin");

    private static byte[] Six => MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5]).ToArray();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_view_is_read_in_its_own_order()
    {
        using IWeightSource file = Open(new TinyTorch().Raw("}").Text("t").Tensor("FloatStorage", Six, 6, 0, [3, 2], [1, 3]).Raw("s").Text("part").Tensor("FloatStorage", Six, 6, 2, [2], [1]).Raw("s."));
        Assert.Equal([0, 3, 1, 4, 2, 5], Read(file, "t"));
        Assert.Equal([2, 3], Read(file, "part"));
    }

    [Fact]
    public void A_parameter_and_a_tensor_with_attributes_are_tensors()
    {
        using IWeightSource file = Open(new TinyTorch().Raw("}(")
            .Text("p").Raw("ctorch._utils\n_rebuild_parameter\n(").Tensor("FloatStorage", Six, 6, 0, [6], [1]).Raw([0x88]).Raw("ccollections\nOrderedDict\n)RtR")
            .Text("q").Raw("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch.nn.parameter\nParameter\n").View("FloatStorage", Six, 6, 0, [2, 3], [3, 1]).Raw("}tR")
            .Raw("u."));
        Assert.Equal([0, 1, 2, 3, 4, 5], Read(file, "p"));
        Assert.Equal([2, 3], file.Tensors["q"].Shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], Read(file, "q"));
    }

    [Fact]
    public void The_only_dictionary_of_tensors_of_a_training_checkpoint_is_taken()
    {
        using IWeightSource file = Open(new TinyTorch().Raw("}(").Text("epoch").Number(3).Text("state_dict").Raw("}").Text("a").Tensor("FloatStorage", Six, 6, 0, [6], [1]).Raw("s").Raw("u."));
        Assert.Equal(["a"], file.Tensors.Keys);
    }

    [Theory]
    [InlineData("}.", "no tensors")]
    [InlineData("K\u0001.", "dictionary")]
    [InlineData("cos\nsystem\n.", "os.system")]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("}}q\u0001h\u0002.", "memo 2")]
    [InlineData("\u0081.", "opcode")]
    [InlineData("(((.", "stack")]
    [InlineData("t.", "mark")]
    public void What_is_not_a_checkpoint_is_refused_with_its_reason(string opcodes, string reason)
    {
        JmlrDataException error = Assert.Throws<JmlrDataException>(() => Open(new TinyTorch().Raw(opcodes)).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_dictionaries_of_tensors_are_not_guessed_between()
    {
        TinyTorch two = new TinyTorch().Raw("}(");
        foreach (string name in (string[])["model", "average"])
        {
            two.Text(name).Raw("}").Text("a").Tensor("FloatStorage", Six, 6, 0, [6], [1]).Raw("s");
        }

        Assert.Contains("model, average", Assert.Throws<JmlrDataException>(() => Open(two.Raw("u.")).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_twice_is_refused()
    {
        TinyTorch twice = new TinyTorch().Raw("}").Text("a").Tensor("FloatStorage", Six, 6, 0, [6], [1]).Raw("s").Text("a").Tensor("FloatStorage", Six, 6, 0, [6], [1]).Raw("s.");
        Assert.Contains("twice", Assert.Throws<JmlrDataException>(() => Open(twice).Dispose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 0, new[] { 7 }, new[] { 1 })]
    [InlineData(6, 3, new[] { 2, 3 }, new[] { 3, 1 })]
    [InlineData(6, 0, new[] { 2, 3 }, new[] { -3, 1 })]
    [InlineData(6, -1, new[] { 1 }, new[] { 1 })]
    [InlineData(7, 0, new[] { 6 }, new[] { 1 })]
    [InlineData(6, 0, new[] { 2000, 2000, 2 }, new[] { 0, 0, 1 })] // 32 MB out of 24 bytes
    [InlineData(6, 0, new[] { 2, 3 }, new[] { 1 })]
    public void A_view_beyond_its_storage_is_refused(int count, int start, int[] shape, int[] strides)
    {
        TinyTorch bad = new TinyTorch().Raw("}").Text("a").Tensor("FloatStorage", Six, count, start, shape, strides).Raw("s.");
        Assert.Throws<JmlrDataException>(() => Open(bad).Dispose());
    }

    [Fact]
    public void Compressed_entries_are_refused()
    {
        File.WriteAllBytes(_path, new TinyTorch().Raw("}").Text("a").Tensor("FloatStorage", new byte[400], 100, 0, [100], [1]).Raw("s.").Bytes(compressed: true));
        Assert.Contains("compressed", Assert.Throws<JmlrDataException>(() => new TorchFile(_path).Dispose()).Message, StringComparison.Ordinal);
    }

    private IWeightSource Open(TinyTorch torch)
    {
        File.WriteAllBytes(_path, torch.Bytes());
        return WeightSource.Open(_path);
    }

    private static float[] Read(IWeightSource source, string name)
    {
        float[] values = new float[source.Tensors[name].ElementCount];
        source.ReadFloat32(name, values);
        return values;
    }
}
