namespace Jmlr.Query.Workspaces;

/// <summary>Where this program's own files are: the default model and the sample corpora.</summary>
public static class Installation
{
    /// <summary>Environment variable set by the launcher: root of the checkout.</summary>
    public const string HomeVariable = "JMLR_HOME";

    /// <summary>Environment variable that names a model folder.</summary>
    public const string ModelVariable = "JMLR_MODEL";

    private const string DefaultModel = "models/jmlr-mini";

    /// <summary>The model folder named by option or environment, else the one that comes with the program.</summary>
    public static string ModelPath(string? named)
    {
        string? path = string.IsNullOrWhiteSpace(named) ? Environment.GetEnvironmentVariable(ModelVariable) : named;
        return string.IsNullOrWhiteSpace(path) ? Find(DefaultModel) ?? NotFound() : Path.GetFullPath(path);
    }

    /// <summary>Folder of the sample corpora, or null when the program was installed without them.</summary>
    public static string? CorporaPath => Find("corpora");

    /// <summary>A folder of the installation, searched from <c>JMLR_HOME</c> and upwards from the program.</summary>
    private static string? Find(string relative)
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home && Directory.Exists(Path.Combine(home, relative)))
        {
            return Path.Combine(home, relative);
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, relative);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static string NotFound()
    {
        Throw.NoModel($"{DefaultModel} above {AppContext.BaseDirectory}");
        return "";
    }
}
