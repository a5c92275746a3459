using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

public sealed class WeightSourceTests : IDisposable
{
    private const string IndexName = "model.safetensors.index.json";
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Shards_are_one_source()
    {
        SafetensorsWriter.Write(At("one.safetensors"), [("a", [2], [1, 2])]);
        SafetensorsWriter.Write(At("two.safetensors"), [("b", [1], [3])]);
        WriteIndex("{\"metadata\":{},\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}");
        using IWeightSource source = WeightSource.Open(_folder);
        float[] values = new float[2];
        source.ReadFloat32("a", values);
        Assert.Equal([1, 2], values);
        Assert.Equal(4, source.GetBytes("b").Length);
        Assert.Throws<JmlrDataException>(() => source.ReadFloat32("c", values));
    }

    [Theory]
    [InlineData("{\"weight_map\":{\"a\":\"model.safetensors.index.json\"}}")] // leads in circles
    [InlineData("{\"weight_map\":{\"a\":\"../one.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"a\":\"/one.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"a\":\"absent.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"z\":\"one.safetensors\"}}")]
    [InlineData("{\"weight_map\":{\"a\":5}}")]
    [InlineData("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}}")]
    [InlineData("{\"weights\":{}}")]
    [InlineData("[]")]
    [InlineData("{")]
    public void A_bad_index_is_refused(string json)
    {
        SafetensorsWriter.Write(At("one.safetensors"), [("a", [2], [1, 2])]);
        WriteIndex(json);
        Assert.Throws<JmlrDataException>(() => WeightSource.Open(_folder).Dispose());
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "git lfs pull")]
    [InlineData("\u0080\u0002\u008a\n", "save it again")]
    [InlineData("hello, this is text", "neither")]
    [InlineData("", "neither")]
    public void What_is_no_weight_file_is_refused_with_what_it_is(string content, string reason)
    {
        File.WriteAllBytes(At("model.bin"), System.Text.Encoding.Latin1.GetBytes(content));
        Assert.Contains(reason, Assert.Throws<JmlrDataException>(() => WeightSource.Open(At("model.bin")).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_not_guessed_at()
    {
        Assert.Throws<JmlrOperationException>(() => WeightSource.Open(At("absent")).Dispose());
        Assert.Contains("no weights", Assert.Throws<JmlrOperationException>(() => WeightSource.Open(_folder).Dispose()).Message, StringComparison.Ordinal);
        File.WriteAllBytes(At("a.gguf"), new TinyGguf().Bytes());
        WeightSource.Open(_folder).Dispose();
        File.WriteAllBytes(At("b.gguf"), new TinyGguf().Bytes());
        Assert.Contains("a.gguf, b.gguf", Assert.Throws<JmlrOperationException>(() => WeightSource.Open(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_no_numbers_are_counted()
    {
        SafetensorsWriter.Write(At("x.safetensors"), [("good", [2], [1, -2]), ("bad", [3], [float.NaN, 0, float.NegativeInfinity])]);
        using IWeightSource source = WeightSource.Open(At("x.safetensors"));
        Assert.Equal([("bad", 2L)], WeightCheck.NonFinite(source, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_file_with_bad_values_opens_and_is_reported()
    {
        using IWeightSource source = WeightSource.Open(SharedData.Require("golden/llama/hostile/safetensors/nan_weights.safetensors"));
        Assert.NotEmpty(WeightCheck.NonFinite(source, TestContext.Current.CancellationToken));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private void WriteIndex(string json) => File.WriteAllText(At(IndexName), json);
}
