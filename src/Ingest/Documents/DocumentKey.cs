using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Documents;

/// <summary>Stable identity of a document, written <c>source:name</c>; all versions of it share the key.</summary>
/// <param name="Source">Name of the source: no white space, control characters, ':', '@' or '#'.</param>
/// <param name="Name">Name within the source: no white space, control characters, '@' or '#'.</param>
public readonly record struct DocumentKey(string Source, string Name)
{
    /// <summary>Reads <c>source:name</c>; false when it is none.</summary>
    public static bool TryParse(string? text, out DocumentKey key)
    {
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        bool good = colon > 0 && colon < text!.Length - 1 && !text.AsSpan().ContainsAny("@#") && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
        key = good ? new DocumentKey(text![..colon], text[(colon + 1)..]) : default;
        return good;
    }

    /// <summary>Reads <c>source:name</c>, or throws <see cref="JmlrUsageException"/>.</summary>
    public static DocumentKey Parse(string text) =>
        TryParse(text, out DocumentKey key) ? key : throw new JmlrUsageException($"'{text}' is no document key: expected source:name, for example samples:asthma-acute");

    /// <inheritdoc/>
    public override string ToString() => $"{Source}:{Name}";
}

/// <summary>A version of a document: content hash and published date, written <c>2023-05-01.1a2b3c4d5e6f</c> or <c>undated.1a2b3c4d5e6f</c>.</summary>
/// <param name="ContentHash">First 12 hex digits of the SHA-256 of the canonical text and provenance that make the content.</param>
/// <param name="Published">Date of publication, where stated.</param>
public readonly record struct DocumentVersion(string ContentHash, DateOnly? Published)
{
    private const string Undated = "undated";

    /// <summary>Reads the written form; false when it is none.</summary>
    public static bool TryParse(string? text, out DocumentVersion version)
    {
        version = default;
        int dot = text?.LastIndexOf('.') ?? -1;
        if (dot <= 0 || dot == text!.Length - 1)
        {
            return false;
        }

        DateOnly? published = null;
        if (text[..dot] != Undated)
        {
            if (!DateOnly.TryParseExact(text[..dot], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
            {
                return false;
            }

            published = date;
        }

        version = new DocumentVersion(text[(dot + 1)..], published);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Published is DateOnly date ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : Undated)}.{ContentHash}";
}

/// <summary>Identity of a passage, written <c>key@version#ordinal</c>.</summary>
public readonly record struct PassageId(DocumentKey Key, DocumentVersion Version, int Ordinal)
{
    /// <summary>Reads the written form; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PassageId id)
    {
        id = default;
        int at = text?.IndexOf('@', StringComparison.Ordinal) ?? -1;
        int hash = text?.LastIndexOf('#') ?? -1;
        if (at < 0 || hash < at || !DocumentKey.TryParse(text![..at], out DocumentKey key) || !DocumentVersion.TryParse(text[(at + 1)..hash], out DocumentVersion version)
            || !int.TryParse(text.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal))
        {
            return false;
        }

        id = new PassageId(key, version, ordinal);
        return true;
    }

    /// <summary>Reads the written form, or throws <see cref="JmlrUsageException"/>.</summary>
    public static PassageId Parse(string text) =>
        TryParse(text, out PassageId id) ? id : throw new JmlrUsageException($"'{text}' is no passage id: expected source:name@version#ordinal");

    /// <inheritdoc/>
    public override string ToString() => $"{Key}@{Version}#{Ordinal}";
}
