namespace Jmlr.Ingest.Readers.Json;

/// <summary>
/// Escapes of half a surrogate pair (<c>\ud83d</c> alone), which other programs write and the JSON reader of the runtime cannot turn into text: they become U+FFFD, as in other formats.
/// </summary>
static class HalfPairs
{
    private const int Length = 6; // \uXXXX

    /// <summary>The content without them; the content itself when it has none.</summary>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> content)
    {
        byte[]? changed = null;
        if (content.Span.IndexOf("\\ud"u8) < 0 && content.Span.IndexOf("\\uD"u8) < 0)
        {
            return content;
        }

        ReadOnlySpan<byte> span = content.Span;
        for (int at = span.IndexOf((byte)'\\'); at >= 0 && at < span.Length - 1;)
        {
            int unit = Unit(span[at..]), width = unit >= 0 ? Length : 2;
            if (unit is >= 0xD800 and <= 0xDBFF && Unit(span[(at + Length)..]) is >= 0xDC00 and <= 0xDFFF)
            {
                width = 2 * Length;
            }
            else if (unit is >= 0xD800 and <= 0xDFFF)
            {
                "\\ufffd"u8.CopyTo((changed ??= content.ToArray()).AsSpan(at));
            }

            int next = at + width < span.Length ? span[(at + width)..].IndexOf((byte)'\\') : -1;
            at = next < 0 ? -1 : at + width + next;
        }

        return changed ?? content;
    }

    /// <summary>The UTF-16 unit that an escape at the beginning stands for; -1 when there is none.</summary>
    private static int Unit(ReadOnlySpan<byte> text) =>
        text.Length >= Length && text[0] == '\\' && text[1] == 'u' && System.Buffers.Text.Utf8Parser.TryParse(text.Slice(2, 4), out int unit, out int used, 'x') && used == 4 ? unit : -1;
}
