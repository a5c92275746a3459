using System.Globalization;
using System.Text.RegularExpressions;

namespace Jmlr.Index.Storage;

/// <summary>Names of the files in an index folder. All are relative: the folder can be moved.</summary>
static partial class IndexFolder
{
    internal const string Current = "CURRENT";
    internal const string Lock = "LOCK";

    internal static string Manifest(long generation) => $"manifest-{generation.ToString("D8", CultureInfo.InvariantCulture)}";

    internal static string Segment(string id) => $"seg-{id}.jms";

    internal static string Codec(string id) => $"codec-{id}.jmc";

    internal static string Tombstones(string segment, long generation) => $"seg-{segment}.{generation.ToString("D8", CultureInfo.InvariantCulture)}.del";

    internal static string TemporaryName() => $".{Guid.NewGuid():N}.tmp";

    /// <summary>An id: the first 32 hex digits of the file's SHA-256.</summary>
    internal static string IdOf(string hash) => hash[..32];

    internal static bool IsId(string? id) => id is not null && IdPattern().IsMatch(id);

    internal static bool IsHash(string? hash) => hash is not null && HashPattern().IsMatch(hash);

    /// <summary>True for what a writer makes and may remove; everything else in the folder is left alone.</summary>
    internal static bool IsOurs(string name) => OursPattern().IsMatch(name);

    /// <summary>Generations that have a manifest file, highest first.</summary>
    internal static List<long> Generations(string folder)
    {
        var found = new List<long>();
        foreach (string path in Directory.EnumerateFiles(folder, "manifest-*"))
        {
            if (TryGeneration(Path.GetFileName(path), out long generation))
            {
                found.Add(generation);
            }
        }

        found.Sort((a, b) => b.CompareTo(a));
        return found;
    }

    internal static bool TryGeneration(string name, out long generation)
    {
        generation = 0;
        return ManifestPattern().IsMatch(name) && long.TryParse(name.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out generation);
    }

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex IdPattern();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex HashPattern();

    [GeneratedRegex("^manifest-[0-9]{8,18}$")]
    private static partial Regex ManifestPattern();

    [GeneratedRegex(@"^(manifest-[0-9]{8,18}|seg-[0-9a-f]{32}\.jms|seg-[0-9a-f]{32}\.[0-9]{8,18}\.del|codec-[0-9a-f]{32}\.jmc|\.[0-9a-zA-Z.-]+\.tmp)$")]
    private static partial Regex OursPattern();
}
