using Jmlr.Models.Errors;
using Jmlr.Models.Packaging;

namespace Jmlr.Models.Tests.Packaging;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-model-").FullName;

    public ModelFolderTests()
    {
        File.WriteAllText(Path.Combine(_folder, "weights.bin"), "weights");
        ModelFolder.Save(_folder, new ModelManifest
        {
            Name = "test",
            Prompt = "jmlr-1",
            Retriever = new RetrieverSettings { Folder = "retriever" },
            Parts = [new ModelPart { Path = "weights.bin", Role = "retriever", Sha256 = "", Bytes = 0, Licence = "MIT" }],
        });
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_shipped_model_is_whole()
    {
        ModelFolder model = ModelFolder.Open(Path.Combine(SharedData.Repository, "models/jmlr-mini"));
        model.Verify(["retriever", "projection", "generator", "adapter"], TestContext.Current.CancellationToken);
        Assert.Equal("jmlr-1", model.Manifest.Prompt);
        Assert.All(model.Manifest.Parts, part => Assert.False(string.IsNullOrEmpty(part.Licence)));
    }

    [Fact]
    public void An_altered_part_is_refused_by_name()
    {
        ModelFolder model = ModelFolder.Open(_folder);
        model.Verify(["retriever"], TestContext.Current.CancellationToken);
        File.WriteAllText(Path.Combine(_folder, "weights.bin"), "weightz");
        JmlrIntegrityException altered = Assert.Throws<JmlrIntegrityException>(() => model.Verify(["retriever"], TestContext.Current.CancellationToken));
        Assert.Contains("weights.bin", altered.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "weights.bin"), "longer weights");
        Assert.Throws<JmlrIntegrityException>(() => model.Verify(["retriever"], TestContext.Current.CancellationToken));
        File.Delete(Path.Combine(_folder, "weights.bin"));
        Assert.Throws<JmlrOperationException>(() => model.Verify(["retriever"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_part_replaced_on_purpose_is_taken_up()
    {
        string before = ModelFolder.Open(_folder).HashOf("retriever");
        File.WriteAllText(Path.Combine(_folder, "weights.bin"), "other weights");
        ModelFolder model = ModelFolder.Refresh(_folder, TestContext.Current.CancellationToken);
        model.VerifyPart("retriever", TestContext.Current.CancellationToken);
        Assert.NotEqual(before, model.HashOf("retriever"));
        ModelFolder.Open(_folder).VerifyPart("retriever", TestContext.Current.CancellationToken);
        Assert.Contains("generator", Assert.Throws<JmlrOperationException>(() => model.VerifyPart("generator", TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_and_unknown_fields_are_left_alone()
    {
        ModelManifest manifest = ModelFolder.Open(_folder).Manifest with
        {
            Generator = new GeneratorSettings { Weights = "generator", Adapter = "adapter", ContextLength = 32768, RopeLinearFactor = 8 },
            Retriever = new RetrieverSettings { Folder = "retriever", QueryMarker = "[Q]", PassageMarker = "[D]", QueryLength = 64, AttendToMask = true },
        };
        ModelFolder.Save(_folder, manifest, TestContext.Current.CancellationToken);
        string file = Path.Combine(_folder, ModelFolder.ManifestName);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"format\"", "\"a_later_field\": [1], \"format\"", StringComparison.Ordinal));
        ModelManifest read = ModelFolder.Open(_folder).Manifest;
        Assert.Equal(manifest.Generator, read.Generator);
        Assert.Equal(manifest.Retriever, read.Retriever);
        Assert.Equal(manifest.Parts, read.Parts);
    }

    [Fact]
    public void Absent_settings_have_their_defaults()
    {
        File.WriteAllText(Path.Combine(_folder, ModelFolder.ManifestName), "{\"name\":\"x\",\"prompt\":\"p\",\"parts\":[],\"retriever\":{\"folder\":\"r\"},\"generator\":{\"weights\":\"g\"}}");
        ModelManifest manifest = ModelFolder.Open(_folder).Manifest;
        Assert.Equal(1, manifest.Format);
        Assert.Equal(new RetrieverSettings { Folder = "r", QueryLength = 32, PassageLength = 180, QueryMarker = "[unused0]", PassageMarker = "[unused1]" }, manifest.Retriever);
        Assert.Equal(new GeneratorSettings { Weights = "g", ContextLength = 4096 }, manifest.Generator);
    }

    [Theory]
    [InlineData("\"retriever\":{\"folder\":5}", "$.retriever.folder")]
    [InlineData("\"retriever\":null", "$.retriever")]
    [InlineData("\"retriever\":{}", "folder")]
    [InlineData("\"retriever\":{\"folder\":\"r\",\"query_length\":\"32\"}", "$.retriever.query_length")]
    [InlineData("\"retriever\":{\"folder\":\"r\",\"query_length\":0}", "$.retriever.query_length")]
    [InlineData("\"retriever\":{\"folder\":\"r\"},\"generator\":{\"weights\":\"g\",\"rope_linear_factor\":0}", "$.generator.rope_linear_factor")]
    [InlineData("\"retriever\":{\"folder\":\"r\"},\"generator\":{\"weights\":\"a/../../g\"}", "$.generator.weights")]
    [InlineData("\"retriever\":{\"folder\":\"r\"},\"name\":\"again\"", "name")]
    public void A_bad_field_is_named_by_its_place(string fields, string place)
    {
        File.WriteAllText(Path.Combine(_folder, ModelFolder.ManifestName), $"{{\"name\":\"x\",\"prompt\":\"p\",\"parts\":[],{fields}}}");
        Assert.Contains(place, Assert.Throws<JmlrDataException>(() => ModelFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "$.parts[0]")]
    [InlineData("{\"path\":\"a\",\"role\":\"r\",\"sha256\":\"ABC\",\"bytes\":1,\"licence\":\"\"}", "$.parts[0].sha256")]
    [InlineData("{\"path\":\"\",\"role\":\"r\",\"sha256\":\"\",\"bytes\":1,\"licence\":\"\"}", "$.parts[0].path")]
    [InlineData("{\"path\":\"C:/a\",\"role\":\"r\",\"sha256\":\"\",\"bytes\":1,\"licence\":\"\"}", "$.parts[0].path")]
    [InlineData("{\"path\":\"a\",\"role\":\"r\",\"sha256\":\"\",\"bytes\":\"1\",\"licence\":\"\"}", "$.parts[0].bytes")]
    public void A_bad_part_is_named_by_its_place(string part, string place)
    {
        File.WriteAllText(Path.Combine(_folder, ModelFolder.ManifestName), $"{{\"name\":\"x\",\"prompt\":\"p\",\"retriever\":{{\"folder\":\"r\"}},\"parts\":[{part}]}}");
        Assert.Contains(place, Assert.Throws<JmlrDataException>(() => ModelFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"name\":\"x\"}")]
    [InlineData("{\"format\":2,\"name\":\"x\",\"prompt\":\"p\",\"retriever\":{\"folder\":\"r\"},\"parts\":[]}")]
    [InlineData("{\"name\":\"x\",\"prompt\":\"p\",\"retriever\":{\"folder\":\"../r\"},\"parts\":[]}")]
    [InlineData("{\"name\":\"x\",\"prompt\":\"p\",\"retriever\":{\"folder\":\"r\"},\"parts\":[{\"path\":\"/etc/passwd\",\"role\":\"r\",\"sha256\":\"\",\"bytes\":1,\"licence\":\"\"}]}")]
    public void A_malformed_manifest_is_refused(string json)
    {
        File.WriteAllText(Path.Combine(_folder, ModelFolder.ManifestName), json);
        Assert.Throws<JmlrDataException>(() => ModelFolder.Open(_folder));
    }

    [Fact]
    public void A_folder_without_a_manifest_is_refused() =>
        Assert.Throws<JmlrOperationException>(() => ModelFolder.Open(Path.Combine(_folder, "nowhere")));
}
