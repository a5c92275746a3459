using System.Text.Json;
using Jmlr.Models.Packaging;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>The shipped encoder with another projection, in a folder of its own.</summary>
sealed class TemporaryModel : IDisposable
{
    private TemporaryModel(string folder) => Folder = folder;

    internal string Folder { get; }

    internal static TemporaryModel WithProjection(string projection, int passageLength, bool marked = true)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-model-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, "retriever"), Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever"));
        File.Copy(projection, Path.Combine(folder, "linear.safetensors"));
        ModelFolder.Save(folder, new ModelManifest
        {
            Name = "test",
            Prompt = "none",
            Retriever = new RetrieverSettings(PassageLength: passageLength, QueryMarker: marked ? "[unused0]" : "", PassageMarker: marked ? "[unused1]" : "", ExpandQueries: marked)
            {
                Folder = "retriever",
                Projection = "linear.safetensors",
            },
            Parts = [new ModelPart { Path = "linear.safetensors", Role = "projection", Sha256 = "", Bytes = 0, Licence = "Apache-2.0" }],
        });
        return new TemporaryModel(folder);
    }

    /// <summary>The same encoder in PyLate's layout, with ColBERT's markers as prefixes.</summary>
    internal static TemporaryModel PyLate(string projection, int passageLength)
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-pylate-").FullName, retriever = Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever");
        foreach (string file in (string[])["model.safetensors", "config.json", "vocab.txt", "tokenizer_config.json"])
        {
            File.CreateSymbolicLink(Path.Combine(folder, file), Path.Combine(retriever, file));
        }

        File.Copy(projection, Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "1_Dense")).FullName, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "modules.json"), """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Dense","type":"pylate.models.Dense.Dense"}]""");
        string[] skipped = [.. Enumerable.Range(33, 94).Select(code => (char)code).Where(character => !char.IsLetterOrDigit(character)).Select(character => character.ToString())];
        File.WriteAllText(
            Path.Combine(folder, "config_sentence_transformers.json"),
            $$"""{"query_prefix":"[unused0]","document_prefix":"[unused1]","query_length":32,"document_length":{{passageLength}},"skiplist_words":{{JsonSerializer.Serialize(skipped)}}}""");
        return new TemporaryModel(folder);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
