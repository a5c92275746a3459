using System.Text;
using System.Text.RegularExpressions;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Decoding;

/// <summary>The encoding of a file: byte order mark, then zero bytes (UTF-16), then what the file declares, then UTF-8 if it is valid, else Windows-1252.</summary>
static partial class TextDecoding
{
    private const int Head = 4096;
    private const int MaxBytes = 256 << 20;
    private const int MaxCharacters = 2 * DocumentBuilder.MaxText; // half of it may be white space

    static TextDecoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Finds the encoding and the length of the byte order mark; binary content is refused.</summary>
    public static Encoding Detect(ReadOnlySpan<byte> bytes, string path, out int mark)
    {
        if (bytes.Length > MaxBytes)
        {
            Throw.Data($"text file of {bytes.Length} bytes, at most {MaxBytes} are read: split the file", path);
        }

        mark = 0;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            mark = 3;
            return Encoding.UTF8;
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            mark = 2;
            return bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode;
        }

        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, Head)];
        if (head.Contains((byte)0) && Utf16(head) is Encoding wide)
        {
            return wide;
        }

        int zero = bytes.IndexOf((byte)0);
        if (zero >= 0)
        {
            Throw.Data("zero byte: this is no text", path, zero);
        }

        bool utf8 = System.Text.Unicode.Utf8.IsValid(bytes);
        return utf8 ? Encoding.UTF8 : Declared(head) ?? Encoding.GetEncoding(1252);
    }

    /// <summary>The whole text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string path)
    {
        Encoding encoding = Detect(bytes, path, out int mark);
        int length = encoding.GetCharCount(bytes[mark..]);
        if (length > MaxCharacters)
        {
            Throw.Data($"text of {length} characters, at most {MaxCharacters} are read at once: split the file", path);
        }

        return encoding.GetString(bytes[mark..]);
    }

    private static UnicodeEncoding? Utf16(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0;
        for (int i = 0; i + 1 < head.Length; i += 2)
        {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
        }

        int half = head.Length / 2;
        return odd > half * 0.6 && even < half * 0.05 ? new UnicodeEncoding(bigEndian: false, byteOrderMark: false)
            : even > half * 0.6 && odd < half * 0.05 ? new UnicodeEncoding(bigEndian: true, byteOrderMark: false)
            : null;
    }

    /// <summary>The encoding that a meta element or XML declaration names, unless it says UTF-8, which the bytes are not.</summary>
    private static Encoding? Declared(ReadOnlySpan<byte> head)
    {
        Match match = Charset().Match(Encoding.Latin1.GetString(head));
        return match.Success ? Named(match.Groups["name"].Value) : null;
    }

    /// <summary>The encoding of a name; null when it is unknown, or Unicode, which bytes tell themselves.</summary>
    public static Encoding? Named(string name)
    {
        try
        {
            Encoding named = Encoding.GetEncoding(name);
            return named is UTF8Encoding or UnicodeEncoding or UTF32Encoding ? null : named;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"(?:charset|encoding)\s{0,5}=\s{0,5}[""']?(?<name>[A-Za-z0-9_:.-]{2,40})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Charset();
}
