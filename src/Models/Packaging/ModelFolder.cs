using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;

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

    /// <summary>Reads the manifest of <paramref name="folder"/>; throws <see cref="JmlrOperationException"/> when there is none, <see cref="JmlrDataException"/> with the JSON path when it is malformed.</summary>
    public static ModelFolder Open(string folder)
    {
        string file = System.IO.Path.Combine(folder, ManifestName);
        if (!File.Exists(file))
        {
            Throw.NoManifest(folder);
        }

        ModelManifest manifest = Parse(ReadBounded(file), file);
        ManifestCheck.Check(manifest, file);
        return new ModelFolder(System.IO.Path.GetFullPath(folder), manifest);
    }

    /// <summary>Absolute path of a file or folder inside.</summary>
    public string Resolve(string relative) => System.IO.Path.Combine(Path, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>
    /// Checks size and SHA-256 of every part of the given roles: <see cref="JmlrOperationException"/> on the first that is missing,
    /// <see cref="JmlrIntegrityException"/> on the first that was altered.
    /// </summary>
    public void Verify(IReadOnlyCollection<string> roles, CancellationToken cancellation = default) => Verify(roles, null, cancellation);

    /// <summary>As <see cref="Verify(IReadOnlyCollection{string}, CancellationToken)"/>; progress counts bytes of the part at hand.</summary>
    public void Verify(IReadOnlyCollection<string> roles, IProgress<ProgressReport>? progress, CancellationToken cancellation = default)
    {
        foreach (ModelPart part in Manifest.Parts.Where(part => roles.Contains(part.Role)))
        {
            string path = Resolve(part.Path);
            long length = LengthOf(path);
            if (length != part.Bytes)
            {
                Throw.WrongLength(path, part, length);
            }

            string hash = HashOf(path, progress, cancellation);
            if (hash != part.Sha256)
            {
                Throw.WrongHash(path, part, hash);
            }
        }
    }

    /// <summary>As <see cref="Verify(IReadOnlyCollection{string}, CancellationToken)"/> for one role, which the model must have.</summary>
    public void VerifyPart(string role, CancellationToken cancellation = default)
    {
        if (!Manifest.Parts.Any(part => part.Role == role))
        {
            Throw.NoRole(Path, role);
        }

        Verify([role], null, cancellation);
    }

    /// <summary>SHA-256 over the hashes of the parts of the given roles, in order of path: identity of what they hold.</summary>
    public string HashOf(params IReadOnlyCollection<string> roles) =>
        ContentHash.Of(string.Join('\n', Manifest.Parts.Where(part => roles.Contains(part.Role)).OrderBy(part => part.Path, StringComparer.Ordinal).Select(part => $"{part.Path} {part.Sha256}")));

    /// <summary>Writes the manifest of <paramref name="folder"/> anew with sizes and hashes as the files are now: after a part was replaced on purpose.</summary>
    public static ModelFolder Refresh(string folder, CancellationToken cancellation = default) => Save(folder, Open(folder).Manifest, cancellation);

    /// <summary>Writes the manifest with sizes and hashes as the files are now: after training has made a new part.</summary>
    public static ModelFolder Save(string folder, ModelManifest manifest, CancellationToken cancellation = default)
    {
        var current = new ModelFolder(System.IO.Path.GetFullPath(folder), manifest);
        ModelManifest refreshed = manifest with
        {
            Parts = [.. manifest.Parts.Select(part => part with
            {
                Bytes = LengthOf(current.Resolve(part.Path)),
                Sha256 = HashOf(current.Resolve(part.Path), null, cancellation),
            })],
        };
        string file = System.IO.Path.Combine(folder, ManifestName);
        ManifestCheck.Check(refreshed, file);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(refreshed, ModelManifestJson.Default.ModelManifest);
        DurableFile.Write(file, stream =>
        {
            stream.Write(json);
            stream.Write("\n"u8);
        });
        return new ModelFolder(current.Path, refreshed);
    }

    private static byte[] ReadBounded(string file)
    {
        byte[] content = [];
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            if (stream.Length > MaximumManifestBytes)
            {
                Throw.Manifest(file, $"{stream.Length} bytes: at most {MaximumManifestBytes} are read");
            }

            content = new byte[stream.Length];
            stream.ReadExactly(content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotRead(file, error);
        }

        return content;
    }

    private static ModelManifest Parse(byte[] content, string file)
    {
        ModelManifest? manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize(content, ModelManifestJson.Default.ModelManifest);
        }
        catch (JsonException error)
        {
            Throw.Manifest(file, $"not a model manifest: {error.Message}", error);
        }

        if (manifest is null)
        {
            Throw.Manifest(file, "not a model manifest: it is null");
        }

        return manifest;
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            Throw.MissingPart(path);
        }

        return file.Length;
    }

    private static string HashOf(string path, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        try
        {
            return ContentHash.OfFile(path, progress, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotRead(path, error);
            return "";
        }
    }
}
