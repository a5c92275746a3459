using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"jmlr-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read()
    {
        float[] values = [1, -2, 0.5f, float.Epsilon, 3, 4];
        SafetensorsWriter.Write(_path, [("linear.weight", [2, 3], values), ("empty", [0], [])], new Dictionary<string, string> { ["seed"] = "7" });
        using var file = new SafetensorsFile(_path);
        float[] got = new float[6];
        file.ReadFloat32("linear.weight", got);
        Assert.Equal(values, got);
        Assert.Equal([2, 3], file.Tensors["linear.weight"].Shape);
        Assert.Equal("7", file.Metadata["seed"]);
        Assert.Equal(0, file.Tensors["empty"].ElementCount);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        SafetensorsWriter.Write(_path, [("a", [4], [1, 2, 3, 4])]);
        byte[] whole = File.ReadAllBytes(_path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<JmlrDataException>(() => new SafetensorsFile(_path).Dispose());
        }
    }

    [Theory]
    [InlineData("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}")]
    [InlineData(" {}")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"extra\":1}}")]
    [InlineData("{}{}")]
    public void A_header_that_is_not_strict_is_refused(string header)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(_path, [(byte)json.Length, 0, 0, 0, 0, 0, 0, 0, .. json]);
        Assert.Throws<JmlrDataException>(() => new SafetensorsFile(_path).Dispose());
    }

    [Fact]
    public void What_could_not_be_read_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_path, [("a", [1], [1]), ("a", [1], [1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_path, [("__metadata__", [1], [1])]));
        Assert.False(File.Exists(_path));
    }

    [Fact]
    public void Data_beyond_two_gibibytes_is_reached()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system with holes");
        const long Large = 3L << 30;
        byte[] json = System.Text.Encoding.UTF8.GetBytes($"{{\"a\":{{\"dtype\":\"I8\",\"shape\":[{Large}],\"data_offsets\":[0,{Large}]}},\"b\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[{Large},{Large + 8}]}}}}");
        using (var stream = new FileStream(_path, FileMode.Create))
        {
            stream.Write([(byte)json.Length, 0, 0, 0, 0, 0, 0, 0, .. json]);
            stream.SetLength(8 + json.Length + Large);
            stream.Seek(0, SeekOrigin.End);
            stream.Write(MemoryMarshal.AsBytes<float>([1.5f, -2]));
        }

        using var file = new SafetensorsFile(_path);
        float[] values = new float[2];
        file.ReadFloat32("b", values);
        Assert.Equal([1.5f, -2], values);
        Assert.Contains("one piece", Assert.Throws<JmlrDataException>(() => _ = file.GetBytes("a").Length).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        SafetensorsWriter.Write(_path, [("a", [1], [1])]);
        using var file = new SafetensorsFile(_path);
        JmlrDataException error = Assert.Throws<JmlrDataException>(() => file.ReadFloat32("b", new float[1]));
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }
}
