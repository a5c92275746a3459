using System.IO.Enumeration;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Web;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Pipeline;

/// <summary>Turns paths, folders, globs, addresses and "-" into files, in a fixed order. Hidden files, <c>source.json</c>, a README beside one, licences and links to folders are passed over; a table of contents orders its folder.</summary>
static class FileFinder
{
    private const int MaxDepth = 64;
    private static readonly string[] Ignored = [SourceDefaults.FileName, "LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "NOTICE", "NOTICE.txt"];

    /// <summary>The files of a request. A damaged <c>source.json</c> is one of them, with the reason, and what it is about is read without it; where a folder is kept in step it ends the look: documents would move to another source.</summary>
    public static IEnumerable<InputFile> Find(IngestRequest request, bool inStep = false)
    {
        HashSet<string> damaged = new(StringComparer.Ordinal); // several paths may lie below one
        foreach (InputFile file in FindAll(request))
        {
            if (IsDamagedDefaults(file) && inStep)
            {
                Throw.Data(file.Why!, file.FullPath!);
            }

            if (!IsDamagedDefaults(file) || damaged.Add(Path.GetFullPath(file.FullPath!)))
            {
                yield return file;
            }
        }
    }

    private static IEnumerable<InputFile> FindAll(IngestRequest request)
    {
        foreach (string path in request.Paths)
        {
            if (path == "-")
            {
                yield return new InputFile(null, "stdin", request.Provenance.Over(new Provenance { Source = "stdin" }));
            }
            else if (WebFetcher.Address(path) is Uri address)
            {
                yield return Page(address, request);
            }
            else if (Directory.Exists(path))
            {
                foreach (InputFile file in Folder(path, request, request.Step is IngestStep step ? step.Wants : static _ => true))
                {
                    yield return file;
                }
            }
            else if (File.Exists(path))
            {
                foreach (InputFile file in Single(path, request))
                {
                    yield return file;
                }
            }
            else if (path.AsSpan().ContainsAny('*', '?'))
            {
                foreach (InputFile file in Glob(path, request))
                {
                    yield return file;
                }
            }
            else
            {
                throw new JmlrOperationException($"'{path}': no such file or folder");
            }
        }
    }

    /// <summary>True for files that describe the others.</summary>
    public static bool IsIgnored(string name) => Ignored.Contains(name);

    /// <summary>True for a README: beside a <c>source.json</c> it is about the files, not one of them.</summary>
    public static bool IsReadme(string name) => Path.GetFileNameWithoutExtension(name).Equals("README", StringComparison.OrdinalIgnoreCase);

    /// <summary>A page: named by its address without the scheme, its source the host.</summary>
    private static InputFile Page(Uri address, IngestRequest request)
    {
        if (request.Web is null)
        {
            Throw.Usage($"'{address.AbsoluteUri}': addresses are not fetched here");
        }

        Provenance defaults = new() { Source = Clean(address.Host), Url = address.AbsoluteUri };
        return new InputFile(null, (address.Authority + address.PathAndQuery).TrimEnd('/'), request.Provenance.Over(defaults), Address: address);
    }

    private static InputFile[] Single(string path, IngestRequest request)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        (Provenance defaults, InputFile? damaged) = Defaults(folder, "", Named(folder), request.Provenance);
        InputFile file = new(path, Path.GetFileName(path), defaults);
        return damaged is null ? [file] : [damaged, file];
    }

    private static InputFile[] Glob(string pattern, IngestRequest request)
    {
        // The folder before the first wildcard is walked; the rest is matched against relative paths ("*" does not cross folders, "**" does).
        string normal = pattern.Replace('\\', '/');
        int wild = normal.AsSpan().IndexOfAny('*', '?');
        int slash = normal.LastIndexOf('/', wild);
        string root = slash < 0 ? "." : slash == 0 ? "/" : normal[..slash];
        string[] parts = normal[(slash + 1)..].Split('/');
        if (!Directory.Exists(root))
        {
            throw new JmlrOperationException($"'{pattern}': no folder '{root}'");
        }

        InputFile[] found = [.. Folder(root, request, name => Matches(parts, name.Split('/')))];
        return !Array.TrueForAll(found, IsDamagedDefaults) ? found : throw new JmlrOperationException($"'{pattern}' matches no file");
    }

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> name)
    {
        if (pattern.IsEmpty || name.IsEmpty)
        {
            return pattern.IsEmpty && name.IsEmpty;
        }

        return pattern[0] == "**"
            ? Matches(pattern[1..], name) || Matches(pattern, name[1..])
            : FileSystemName.MatchesSimpleExpression(pattern[0], name[0], ignoreCase: false) && Matches(pattern[1..], name[1..]);
    }

    private static IEnumerable<InputFile> Folder(string root, IngestRequest request, Func<string, bool> wanted) =>
        Walk(root, "", Named(Path.GetFullPath(root)), request.Provenance, wanted, 0);

    private static IEnumerable<InputFile> Walk(string folder, string prefix, Provenance above, GivenProvenance given, Func<string, bool> wanted, int depth)
    {
        Dictionary<string, int> places = TableOfContents.Read(folder);
        IEnumerable<InputFile> files = Entries(folder, prefix, above, given, wanted, depth);
        return places.Count == 0 ? files : files.OrderBy(file => places.GetValueOrDefault(file.Name.Length > prefix.Length ? file.Name[prefix.Length..] : "", int.MaxValue)); // a stable sort
    }

    private static IEnumerable<InputFile> Entries(string folder, string prefix, Provenance above, GivenProvenance given, Func<string, bool> wanted, int depth)
    {
        (Provenance defaults, InputFile? damaged) = Defaults(folder, prefix, above, given);
        if (damaged is not null)
        {
            yield return damaged;
        }

        FileSystemInfo[] entries = [];
        string? why = null;
        try
        {
            entries = new DirectoryInfo(folder).GetFileSystemInfos();
            Array.Sort(entries, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            why = error.Message;
        }

        if (why is not null)
        {
            yield return new InputFile(folder, prefix.TrimEnd('/'), defaults, $"the folder cannot be read ({why})");
        }

        bool described = Array.Exists(entries, static entry => entry.Name == SourceDefaults.FileName);
        foreach (FileSystemInfo entry in entries)
        {
            string name = prefix + entry.Name;
            if (entry.Name.StartsWith('.') || IsIgnored(entry.Name) || (described && IsReadme(entry.Name)))
            {
                continue;
            }

            if (entry is not DirectoryInfo)
            {
                if (wanted(name))
                {
                    yield return new InputFile(entry.FullName, name, defaults);
                }
            }
            else if (entry.LinkTarget is not null)
            {
                continue; // a link to a folder may lead in a circle; what it names can be given by itself
            }
            else if (depth == MaxDepth)
            {
                yield return new InputFile(entry.FullName, name, defaults, $"folders nested more than {MaxDepth} deep");
            }
            else
            {
                foreach (InputFile file in Walk(entry.FullName, $"{name}/", defaults, given, wanted, depth + 1))
                {
                    yield return file;
                }
            }
        }
    }

    private static bool IsDamagedDefaults(InputFile file) => file.Why is not null && Path.GetFileName(file.Name) == SourceDefaults.FileName;

    /// <summary>Provenance of a folder by its <c>source.json</c>; a damaged one is a file of its own, with the reason, and says nothing.</summary>
    private static (Provenance Defaults, InputFile? Damaged) Defaults(string folder, string prefix, Provenance above, GivenProvenance given)
    {
        InputFile? damaged = null;
        Provenance defaults;
        try
        {
            defaults = SourceDefaults.Apply(folder, above, given);
        }
        catch (JmlrDataException error)
        {
            defaults = given.Over(above);
            damaged = new InputFile(Path.Combine(folder, SourceDefaults.FileName), prefix + SourceDefaults.FileName, defaults, $"{error.What}; its folder is read without it");
        }

        return (defaults with { Source = Clean(defaults.Source) }, damaged);
    }

    private static Provenance Named(string folder)
    {
        string name = Path.GetFileName(folder.TrimEnd('/'));
        return new Provenance { Source = name.Length == 0 ? "files" : name };
    }

    private static string Clean(string source) => KeyText.Clean(source, forSource: true);
}
