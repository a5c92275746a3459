using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Pipeline;

/// <summary>What the <c>source.json</c> files of an archive say, each of its folder and below, over the defaults of the archive itself.</summary>
sealed class ArchiveDefaults(InputFile input, GivenProvenance given)
{
    private const int MaxFiles = 10_000;

    private readonly Dictionary<string, SourceDefaults> _said = new(StringComparer.Ordinal); // by folder: "", "a/", "a/b/"
    private readonly Dictionary<string, Provenance> _known = new(StringComparer.Ordinal);

    /// <summary>True when an entry is such a file.</summary>
    public static bool Is(string name) => name[(name.LastIndexOf('/') + 1)..] == SourceDefaults.FileName;

    /// <summary>Takes one; refused when it is damaged, or comes after files that it is about (an archive that is read in one go).</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        string path = $"{input.Name}/{name}", folder = FolderOf(name);
        if (_said.Count == MaxFiles)
        {
            Throw.Data($"more than {MaxFiles} {SourceDefaults.FileName} in an archive", path);
        }

        if (_known.Keys.Any(known => known.StartsWith(folder, StringComparison.Ordinal)))
        {
            Throw.Data("comes after files that it is about: put it before them in the archive", path);
        }

        _said[folder] = SourceDefaults.Read(content, path);
    }

    /// <summary>True for a README beside a <c>source.json</c>, which is no document.</summary>
    public bool IsReadme(string name) => FileFinder.IsReadme(name[(name.LastIndexOf('/') + 1)..]) && _said.ContainsKey(FolderOf(name));

    /// <summary>Provenance of an entry where it does not say otherwise.</summary>
    public Provenance For(string name)
    {
        string folder = FolderOf(name);
        if (!_known.TryGetValue(folder, out Provenance? found))
        {
            found = _said.GetValueOrDefault("")?.Over(input.Defaults) ?? input.Defaults;
            for (int slash = folder.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = folder.IndexOf('/', slash + 1))
            {
                found = _said.GetValueOrDefault(folder[..(slash + 1)])?.Over(found) ?? found;
            }

            _known[folder] = found = given.Over(found);
        }

        return found;
    }

    private static string FolderOf(string name)
    {
        string plain = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name; // as tar writes it
        return plain[..(plain.LastIndexOf('/') + 1)];
    }
}
