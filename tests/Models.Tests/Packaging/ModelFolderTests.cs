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
