using Xunit;

namespace Jmlr.TestSupport;

/// <summary>
/// The development data that is not part of the repository (golden outputs, real guidelines): a folder named by JMLR_TEST_DATA, else
/// <c>../shared/data</c> beside the checkout. Tests that need it call <see cref="Require"/>, which skips the test and says so.
/// </summary>
public static class SharedData
{
    /// <summary>Folder of the development data, or null.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Root of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Absolute path of a data file or folder; skips the running test when it is absent.</summary>
    public static string Require(string relative)
    {
        string path = Path.Combine(Root ?? "", relative);
        Assert.SkipUnless(Root is not null && Path.Exists(path), $"development data '{relative}' is not here");
        return path;
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("JMLR_TEST_DATA");
        string candidate = string.IsNullOrEmpty(named) ? Path.Combine(FindRepository(), "..", "shared", "data") : named;
        return Directory.Exists(candidate) ? Path.GetFullPath(candidate) : null;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Jmlr.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Jmlr.sln above {AppContext.BaseDirectory}");
    }
}
