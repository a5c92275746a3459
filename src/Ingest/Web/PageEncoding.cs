using System.Net.Http.Headers;
using System.Text;
using Jmlr.Ingest.Readers.Decoding;

namespace Jmlr.Ingest.Web;

/// <summary>The encoding that a server states for a page: nothing in the kept body tells it, so a body that is neither marked nor valid UTF-8 is kept as UTF-8.</summary>
static class PageEncoding
{
    /// <summary>What <c>Content-Type</c> names for a text; null when that is nothing, unknown, or Unicode or ASCII, which the bytes tell themselves.</summary>
    internal static Encoding? Of(MediaTypeHeaderValue? type)
    {
        bool text = type?.MediaType is string kind && (kind.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || kind.EndsWith("xml", StringComparison.OrdinalIgnoreCase) || kind.EndsWith("json", StringComparison.OrdinalIgnoreCase));
        return text && type!.CharSet is string name && TextDecoding.Named(name.Trim('"', '\'')) is Encoding named and not ASCIIEncoding ? named : null;
    }

    /// <summary>Brings a file to UTF-8, with its mark; false when it was left as it is, for its bytes tell their encoding, or are no text.</summary>
    internal static bool ToUtf8(string path, Encoding named)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bool marked = bytes is [0xEF, 0xBB, 0xBF, ..] or [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];
        if (marked || bytes.AsSpan().Contains((byte)0) || System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return false;
        }

        File.WriteAllText(path, named.GetString(bytes), Encoding.UTF8);
        return true;
    }
}
