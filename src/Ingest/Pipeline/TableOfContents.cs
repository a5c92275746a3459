using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Pipeline;

/// <summary>The reading order that a <c>SUMMARY.md</c> gives to the files of its folder (GitBook, mdBook): what it links to, in its order, then the rest by name.</summary>
static partial class TableOfContents
{
    private const string FileName = "SUMMARY.md";
    private const int MaxBytes = 4 << 20;

    /// <summary>The place of each listed file, by path from the folder; empty when there is no list.</summary>
    public static Dictionary<string, int> Read(string folder)
    {
        Dictionary<string, int> places = [];
        FileInfo file = new(Path.Combine(folder, FileName));
        try
        {
            if (file.Exists && file.Length <= MaxBytes)
            {
                foreach (Match link in Link().Matches(File.ReadAllText(file.FullName)))
                {
                    places.TryAdd(Uri.UnescapeDataString(link.Groups["to"].Value), places.Count);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is read as a document too, and rejected there with the reason.
        }

        return places;
    }

    [GeneratedRegex(@"\]\((?:\./)?(?<to>[^()\s#?]{1,500})[^()\s]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
