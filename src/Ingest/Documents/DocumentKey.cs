namespace Jmlr.Ingest.Documents;

/// <summary>Stable identity of a document, written <c>source:name</c>; all versions of it share the key.</summary>
/// <param name="Source">Name of the source: lower-case letters, digits, '.', '_' and '-'.</param>
/// <param name="Name">Name within the source: no white space, control characters, '@' or '#'.</param>
public readonly record struct DocumentKey(string Source, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Source}:{Name}";
}

/// <summary>A version of a document: content hash and published date, written <c>2023-05-01.1a2b3c4d5e6f</c> or <c>undated.1a2b3c4d5e6f</c>.</summary>
/// <param name="ContentHash">First 12 hex digits of the SHA-256 of the canonical text and provenance that make the content.</param>
/// <param name="Published">Date of publication, where stated.</param>
public readonly record struct DocumentVersion(string ContentHash, DateOnly? Published)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Published is DateOnly date ? date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "undated")}.{ContentHash}";
}

/// <summary>Identity of a passage, written <c>key@version#ordinal</c>.</summary>
public readonly record struct PassageId(DocumentKey Key, DocumentVersion Version, int Ordinal)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}@{Version}#{Ordinal}";
}
