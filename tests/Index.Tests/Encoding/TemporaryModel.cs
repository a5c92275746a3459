using Jmlr.Models.Packaging;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>The shipped encoder with another projection, in a folder of its own.</summary>
sealed class TemporaryModel : IDisposable
{
    private TemporaryModel(string folder) => Folder = folder;

    internal string Folder { get; }

    internal static TemporaryModel WithProjection(string projection, int passageLength)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-model-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, "retriever"), Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever"));
        File.Copy(projection, Path.Combine(folder, "linear.safetensors"));
        ModelFolder.Save(folder, new ModelManifest
        {
            Name = "test",
            Prompt = "none",
            Retriever = new RetrieverSettings { Folder = "retriever", Projection = "linear.safetensors", PassageLength = passageLength },
            Parts = [new ModelPart { Path = "linear.safetensors", Role = "projection", Sha256 = "", Bytes = 0, Licence = "Apache-2.0" }],
        });
        return new TemporaryModel(folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
