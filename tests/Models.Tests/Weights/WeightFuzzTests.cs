using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Small good files with random bytes changed: a typed refusal or a source that can be read whole, never anything else.</summary>
public sealed class WeightFuzzTests : IDisposable
{
    private const int Rounds = 1500;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"jmlr-fuzz-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Changed_safetensors()
    {
        SafetensorsWriter.Write(_path, [("a", [2, 2], [1, 2, 3, 4]), ("b", [], [5])], new Dictionary<string, string> { ["k"] = "v" });
        Fuzz(File.ReadAllBytes(_path), 1);
    }

    [Fact]
    public void Changed_gguf() => Fuzz(
        new TinyGguf().Pair("general.alignment", 32u).Pair("text", "value").Many("words", TinyGguf.Text, 2, writer =>
        {
            TinyGguf.WriteText(writer, "ab");
            TinyGguf.WriteText(writer, "c");
        }).Tensor("q", 2, [32, 2], new byte[36]).Tensor("m", 0, [3, 2], new byte[24]).Bytes(),
        2);

    [Fact]
    public void Changed_torch()
    {
        byte[] six = MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5]).ToArray();
        Fuzz(new TinyTorch().Raw("}(").Text("a").Tensor("FloatStorage", six, 6, 0, [3, 2], [1, 3]).Text("b").Tensor("HalfStorage", six, 12, 4, [2, 2], [2, 1]).Raw("u.").Bytes(), 3);
    }

    private void Fuzz(byte[] good, int seed)
    {
        var random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) switch { 0 => 0, 1 => 255, _ => (byte)random.Next(256) };
            }

            File.WriteAllBytes(_path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exception? error = Record.Exception(ReadAll);
            Assert.True(error is null or JmlrException, $"round {round}: {error}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20 << 20, $"round {round} allocates too much");
            refused += error is null ? 0 : 1;
        }

        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    private void ReadAll()
    {
        using IWeightSource source = WeightSource.Open(_path);
        foreach ((string name, TensorInfo tensor) in source.Tensors)
        {
            Assert.Equal(tensor.ByteLength, source.GetBytes(name).Length);
        }

        if (source is GgufFile gguf)
        {
            foreach (string key in gguf.Metadata.Keys)
            {
                Assert.True(Record.Exception(() => gguf.Metadata.GetStrings(key)) is null or JmlrDataException);
                Assert.True(Record.Exception(() => gguf.Metadata.GetIntegers(key)) is null or JmlrDataException);
            }
        }
    }
}
