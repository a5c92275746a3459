using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;

namespace Jmlr.Models.Packaging;

/// <summary>A model folder: <c>model.json</c> names the parts with their hashes, and a part is checked before it is used.</summary>
public sealed class ModelFolder
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "model.json";

    private const long MaximumManifestBytes = 1 << 20;

    private ModelFolder(string path, ModelManifest manifest)
    {
        Path = path;
        Manifest = manifest;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its manifest.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>Reads the manifest of <paramref name="folder"/>; throws <see cref="JmlrOperationException"/> when there is none, <see cref="JmlrDataException"/> when it is malformed.</summary>
    public static ModelFolder Open(string folder)
    {
        string file = System.IO.Path.Combine(folder, ManifestName);
        if (!File.Exists(file))
        {
            throw new JmlrOperationException($"no {ManifestName} in '{folder}': name a model folder with --model DIR");
        }

        if (new FileInfo(file).Length > MaximumManifestBytes)
        {
            throw new JmlrDataException($"larger than {MaximumManifestBytes} bytes", file);
        }

        ModelManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(file), ModelManifestJson.Default.ModelManifest) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new JmlrDataException($"not a model manifest: {error.Message}", file, null, error);
        }

        if (manifest.Format != 1)
        {
            throw new JmlrDataException($"format {manifest.Format}: this program reads format 1", file);
        }

        foreach (string path in manifest.Parts.Select(part => part.Path).Append(manifest.Retriever.Folder).Append(manifest.Retriever.Projection ?? ".").Append(manifest.Generator?.Weights ?? ".").Append(manifest.Generator?.Adapter ?? "."))
        {
            if (System.IO.Path.IsPathRooted(path) || path.Split('/', '\\').Contains(".."))
            {
                throw new JmlrDataException($"path '{path}' leaves the model folder", file);
            }
        }

        return new ModelFolder(System.IO.Path.GetFullPath(folder), manifest);
    }

    /// <summary>Absolute path of a file or folder inside.</summary>
    public string Resolve(string relative) => System.IO.Path.Combine(Path, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Checks size and SHA-256 of every part of the given roles; throws on the first that is missing or altered.</summary>
    public void Verify(IReadOnlyCollection<string> roles, CancellationToken cancellation = default)
    {
        foreach (ModelPart part in Manifest.Parts.Where(part => roles.Contains(part.Role)))
        {
            string path = Resolve(part.Path);
            if (!File.Exists(path))
            {
                throw new JmlrOperationException($"model part '{path}' is missing; restore it from where the model came from");
            }

            long length = new FileInfo(path).Length;
            if (length != part.Bytes)
            {
                throw new JmlrIntegrityException($"the {part.Role} part has {length} bytes, {ManifestName} says {part.Bytes}", path);
            }

            string hash = ContentHash.OfFile(path, cancellation);
            if (hash != part.Sha256)
            {
                throw new JmlrIntegrityException($"the {part.Role} part was altered: SHA-256 {hash}, {ManifestName} says {part.Sha256}", path);
            }
        }
    }

    /// <summary>SHA-256 over the hashes of the parts of the given roles, in order of path: identity of what they hold.</summary>
    public string HashOf(params IReadOnlyCollection<string> roles) =>
        ContentHash.Of(string.Join('\n', Manifest.Parts.Where(part => roles.Contains(part.Role)).OrderBy(part => part.Path, StringComparer.Ordinal).Select(part => $"{part.Path} {part.Sha256}")));

    /// <summary>Writes the manifest with sizes and hashes as the files are now: after training has made a new part.</summary>
    public static ModelFolder Save(string folder, ModelManifest manifest)
    {
        var current = new ModelFolder(System.IO.Path.GetFullPath(folder), manifest);
        ModelManifest refreshed = manifest with
        {
            Parts = [.. manifest.Parts.Select(part => part with
            {
                Bytes = new FileInfo(current.Resolve(part.Path)).Length,
                Sha256 = ContentHash.OfFile(current.Resolve(part.Path)),
            })],
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(refreshed, ModelManifestJson.Default.ModelManifest);
        DurableFile.Write(System.IO.Path.Combine(folder, ManifestName), stream =>
        {
            stream.Write(json);
            stream.Write("\n"u8);
        });
        return new ModelFolder(current.Path, refreshed);
    }
}
