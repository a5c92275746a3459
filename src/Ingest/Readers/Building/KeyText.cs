using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>Names fit for document keys.</summary>
static class KeyText
{
    private const int MaxLength = 200;
    private static readonly string[] Extensions = [".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text"];

    /// <summary>The name without white space, control characters, '@' and '#' (and ':' in a source); a name that had to change much keeps apart by a hash.</summary>
    public static string Clean(string text, bool forSource)
    {
        StringBuilder name = new(text.Length);
        bool lossy = false;
        foreach (char c in text.Trim())
        {
            bool bad = char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c) || c is '@' or '#' || (forSource && c == ':');
            lossy |= bad && c != ' ';
            name.Append(bad ? '-' : c);
        }

        lossy |= name.Length is 0 or > MaxLength;
        if (!lossy)
        {
            return name.ToString();
        }

        name.Length = Math.Min(name.Length, MaxLength);
        uint hash = (uint)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text));
        return string.Create(CultureInfo.InvariantCulture, $"{name}{(name.Length > 0 ? "-" : "")}{hash:x8}");
    }

    /// <summary>Path without a text extension, with forward slashes.</summary>
    public static string OfPath(string path)
    {
        string name = path.Replace('\\', '/').TrimStart('/', '.');
        string? extension = Extensions.FirstOrDefault(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase) && name.Length > e.Length);
        return Clean(extension is null ? name : name[..^extension.Length], forSource: false);
    }
}
