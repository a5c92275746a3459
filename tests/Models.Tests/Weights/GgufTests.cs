using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

public sealed class GgufTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-gguf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Integers_of_any_width_and_lists_are_read(uint version)
    {
        using GgufFile file = Open(new TinyGguf { Version = version }
            .Pair("u8", TinyGguf.U8, writer => writer.Write((byte)200))
            .Pair("i16", TinyGguf.I16, writer => writer.Write((short)-5))
            .Pair("u32", 4_000_000_000)
            .Pair("u64", TinyGguf.U64, writer => writer.Write(7UL))
            .Pair("huge", TinyGguf.U64, writer => writer.Write(ulong.MaxValue))
            .Pair("f32", TinyGguf.F32, writer => writer.Write(1.5f))
            .Pair("f64", TinyGguf.F64, writer => writer.Write(2.5))
            .Pair("yes", TinyGguf.Bool, writer => writer.Write(true))
            .Pair("text", "Grüße")
            .Many("words", TinyGguf.Text, 2, writer =>
            {
                TinyGguf.WriteText(writer, "a");
                TinyGguf.WriteText(writer, "");
            })
            .Many("scores", TinyGguf.F32, 2, writer => writer.Write(MemoryMarshal.AsBytes<float>([1, -2])))
            .Many("kinds", TinyGguf.U16, 2, writer => writer.Write(MemoryMarshal.AsBytes<ushort>([3, 65535]))));
        GgufMetadata metadata = file.Metadata;
        Assert.Equal(200, metadata.GetInteger("u8"));
        Assert.Equal(-5, metadata.GetInteger("i16"));
        Assert.Equal(4_000_000_000, metadata.GetInteger("u32"));
        Assert.Equal(7, metadata.GetInteger("u64"));
        Assert.Equal(1.5, metadata.GetNumber("f32"));
        Assert.Equal(2.5, metadata.GetNumber("f64"));
        Assert.Equal(7.0, metadata.GetNumber("u64"));
        Assert.True(metadata.GetBoolean("yes"));
        Assert.Equal("Grüße", metadata.GetString("text"));
        Assert.Equal(["a", ""], metadata.GetStrings("words")!);
        Assert.Equal([1f, -2f], metadata.GetSingles("scores")!);
        Assert.Equal([3, 65535], metadata.GetIntegers("kinds")!);
        Assert.Null(metadata.GetInteger("absent"));
        Assert.Contains("'text'", Assert.Throws<JmlrDataException>(() => metadata.GetInteger("text")).Message, StringComparison.Ordinal);
        Assert.Throws<JmlrDataException>(() => metadata.GetInteger("huge"));
        Assert.Throws<JmlrDataException>(() => metadata.GetStrings("scores"));
        Assert.Throws<JmlrDataException>(() => metadata.GetIntegers("words"));
    }

    [Fact]
    public void Dimensions_are_turned_and_blocks_widened()
    {
        // One Q8_0 block of scale 0.5: value i is i / 2; then a 2 x 3 matrix whose rows are contiguous.
        byte[] block = [0x00, 0x38, .. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using GgufFile file = Open(new TinyGguf { Alignment = 64 }
            .Pair("general.alignment", 64u)
            .Tensor("q", 8, [32, 1], block)
            .Tensor("m", 0, [3, 2], MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray()));
        Assert.Equal([2, 3], file.Tensors["m"].Shape);
        Assert.Equal(0, file.Tensors["m"].Offset % 64);
        float[] matrix = new float[6], row = new float[32];
        file.ReadFloat32("m", matrix);
        file.ReadFloat32("q", row);
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => i / 2f), row);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] whole = new TinyGguf().Pair("text", "value").Many("list", TinyGguf.U32, 3, writer => writer.Write(new byte[12])).Tensor("t", 0, [8], new byte[32]).Bytes();
        string path = Path.Combine(_folder, "cut.gguf");
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<JmlrDataException>(() => new GgufFile(path).Dispose());
        }
    }

    [Fact]
    public void A_type_that_is_not_read_is_named()
    {
        JmlrDataException error = Assert.Throws<JmlrDataException>(() => Open(new TinyGguf().Tensor("t", 35, [256], new byte[66])).Dispose());
        Assert.Contains("35 (TQ2_0)", error.Message, StringComparison.Ordinal);
        Assert.Contains("'t'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_about_a_strange_name_is_one_short_line()
    {
        string name = string.Concat(Enumerable.Repeat("\u001b[31m\n", 40));
        JmlrDataException error = Assert.Throws<JmlrDataException>(() => Open(new TinyGguf().Tensor(name, 99, [32], new byte[32])).Dispose());
        Assert.DoesNotContain(error.What, char.IsControl);
        Assert.True(error.What.Length < 600);
    }

    [Fact]
    public void A_split_set_is_one_source()
    {
        WriteSplit(1, split => split.Pair("split.count", 2u).Pair("split.no", 0u).Pair("split.tensors.count", 2u).Tensor("a", 0, [1], [0, 0, 128, 63]));
        WriteSplit(2, split => split.Pair("split.count", 2u).Pair("split.no", 1u).Tensor("b", 0, [1], [0, 0, 0, 64]));
        using IWeightSource source = WeightSource.Open(_folder);
        float[] value = new float[1];
        source.ReadFloat32("a", value);
        Assert.Equal(1, value[0]);
        source.ReadFloat32("b", value);
        Assert.Equal(2, value[0]);
        Assert.Throws<JmlrDataException>(() => WeightSource.Open(SplitPath(2)).Dispose());
    }

    [Fact]
    public void A_split_set_that_does_not_fit_together_is_refused()
    {
        WriteSplit(1, split => split.Pair("split.count", 2u).Tensor("a", 0, [1], new byte[4]));
        Assert.Throws<JmlrOperationException>(() => WeightSource.Open(_folder).Dispose());
        WriteSplit(2, split => split.Pair("split.no", 5u).Tensor("b", 0, [1], new byte[4]));
        Assert.Throws<JmlrDataException>(() => WeightSource.Open(_folder).Dispose());
        WriteSplit(2, split => split.Pair("split.no", 1u).Tensor("a", 0, [1], new byte[4]));
        Assert.Contains("twice", Assert.Throws<JmlrDataException>(() => WeightSource.Open(_folder).Dispose()).Message, StringComparison.Ordinal);
        WriteSplit(1, split => split.Pair("split.count", 100_000u).Tensor("a", 0, [1], new byte[4]));
        Assert.Contains("split.count", Assert.Throws<JmlrDataException>(() => WeightSource.Open(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    private string SplitPath(int part) => Path.Combine(_folder, $"model-0000{part}-of-00002.gguf");

    private void WriteSplit(int part, Func<TinyGguf, TinyGguf> fill) => File.WriteAllBytes(SplitPath(part), fill(new TinyGguf()).Bytes());

    private GgufFile Open(TinyGguf gguf)
    {
        string path = Path.Combine(_folder, "model.gguf");
        File.WriteAllBytes(path, gguf.Bytes());
        return new GgufFile(path);
    }
}
