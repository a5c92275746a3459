using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Storage;

/// <summary>
/// Manifests on disk: one line "jmlr-index-manifest SHA-256", then JSON that the hash covers. <c>CURRENT</c> names the one in force and repeats its
/// hash; it is a hint, without which the highest sound manifest counts.
/// </summary>
static class ManifestFile
{
    private const string Title = "jmlr-index-manifest";
    private const int LargestLength = 64 << 20;

    /// <summary>Publishes: manifest, flush, rename, flush of the folder, then the same for CURRENT.</summary>
    internal static void Write(IndexDisk disk, Manifest manifest)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.Manifest);
        string hash = ContentHash.Of(body), name = IndexFolder.Manifest(manifest.Generation);
        byte[] content = [.. TextEncoding.ASCII.GetBytes($"{Title} {hash}\n"), .. body, (byte)'\n'];
        disk.Replace(name, content);
        disk.Replace(IndexFolder.Current, TextEncoding.ASCII.GetBytes($"{name} {hash}\n"));
    }

    /// <summary>Reads and checks one manifest.</summary>
    internal static Manifest Read(string folder, long generation)
    {
        string path = Path.Combine(folder, IndexFolder.Manifest(generation));
        byte[] content = ReadSmall(path);
        int line = content.AsSpan().IndexOf((byte)'\n');
        string head = line < 0 ? "" : TextEncoding.ASCII.GetString(content, 0, line);
        if (!head.StartsWith(Title + " ", StringComparison.Ordinal) || line == content.Length - 1 || content[^1] != (byte)'\n')
        {
            Throw.Corrupt(path, null, 0, "this is no whole manifest");
        }

        ReadOnlySpan<byte> body = content.AsSpan((line + 1)..^1);
        if (ContentHash.Of(body) != head[(Title.Length + 1)..])
        {
            Throw.Corrupt(path, null, line + 1, "the hash of the content does not match");
        }

        Manifest? manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize(body, ManifestJson.Default.Manifest);
        }
        catch (JsonException error)
        {
            Throw.Corrupt(path, null, null, $"not readable: {error.Message}");
        }

        ManifestCheck.Demand(manifest!, generation, path);
        return manifest!;
    }

    /// <summary>
    /// The manifest in force: the one that CURRENT names; when CURRENT is lost or damaged, the highest that is sound. Throws <see cref="JmlrOperationException"/> when there is no index, <see cref="JmlrIntegrityException"/> when none
    /// of its manifests is sound.
    /// </summary>
    internal static Manifest ReadCurrent(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Throw.NoIndex(folder);
        }

        if (TryCurrent(folder, out long named))
        {
            // What CURRENT names was complete when it was written. An older state in its place would be a silent wrong answer.
            return ReadWhole(folder, named);
        }

        JmlrIntegrityException? first = null;
        foreach (long generation in IndexFolder.Generations(folder))
        {
            if (TryRead(folder, generation, out Manifest? manifest, out JmlrIntegrityException? error))
            {
                return manifest!;
            }

            first ??= error;
        }

        if (first is not null)
        {
            throw new JmlrIntegrityException($"no manifest of the index is sound ({first.What}): run `jmlr index build`", first.Path, first.Section, first.Offset, first);
        }

        if (File.Exists(Path.Combine(folder, IndexFolder.Current)))
        {
            Throw.Corrupt(Path.Combine(folder, IndexFolder.Current), null, null, "there is no manifest beside it: run `jmlr index build`");
        }

        Throw.NoIndex(folder);
        return null;
    }

    /// <summary>Generation that CURRENT names.</summary>
    internal static bool TryCurrent(string folder, out long generation)
    {
        generation = 0;
        string path = Path.Combine(folder, IndexFolder.Current);
        try
        {
            string[] parts = File.Exists(path) && new FileInfo(path).Length < 1024 ? File.ReadAllText(path).Split(' ', '\n') : [];
            return parts.Length == 3 && parts[2].Length == 0 && IndexFolder.IsHash(parts[1]) && IndexFolder.TryGeneration(parts[0], out generation)
                && TextEncoding.ASCII.GetString(ReadSmall(Path.Combine(folder, parts[0])).AsSpan(0, Title.Length + 65)) == string.Create(CultureInfo.InvariantCulture, $"{Title} {parts[1]}");
        }
        catch (Exception error) when (error is IOException or JmlrIntegrityException or ArgumentOutOfRangeException)
        {
            return false; // a hint only: the manifests themselves decide
        }
    }

    /// <summary>Reads a manifest and demands that its files are there at their full length.</summary>
    internal static Manifest ReadWhole(string folder, long generation)
    {
        Manifest manifest = Read(folder, generation);
        foreach ((string name, long length, string _) in manifest.Files())
        {
            var file = new FileInfo(Path.Combine(folder, name));
            if (!file.Exists || file.Length != length)
            {
                Throw.Corrupt(file.FullName, null, null, file.Exists ? $"{file.Length} bytes long, {length} expected" : "the file is missing");
            }
        }

        return manifest;
    }

    private static bool TryRead(string folder, long generation, out Manifest? manifest, out JmlrIntegrityException? error)
    {
        (manifest, error) = (null, null);
        try
        {
            manifest = ReadWhole(folder, generation);
            return true;
        }
        catch (JmlrIntegrityException found)
        {
            error = found;
            return false;
        }
    }

    private static byte[] ReadSmall(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            Throw.Corrupt(path, null, null, "the file is missing");
        }

        if (file.Length is 0 or > LargestLength)
        {
            Throw.Corrupt(path, null, null, $"{file.Length} bytes long, no manifest is");
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Manifest))]
sealed partial class ManifestJson : JsonSerializerContext;
