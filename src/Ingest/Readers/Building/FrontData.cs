using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>What a file says of itself (meta elements, front matter, fields): later and weaker statements do not replace earlier ones.</summary>
sealed class FrontData(SourceFile file)
{
    private const int MaxValue = 4000;

    public string? Key { get; private set; }

    public string? Title { get; private set; }

    public string? Source { get; private set; }

    public string? Publisher { get; private set; }

    public string? Url { get; private set; }

    public string? Jurisdiction { get; private set; }

    public string? Licence { get; private set; }

    public string? Supersedes { get; private set; }

    public string? GradeScheme { get; private set; }

    public string? Language { get; private set; }

    public bool? Withdrawn { get; private set; }

    public DateOnly? Published { get; private set; }

    /// <summary>Sets a field by its name in our front matter; false when there is none of that name. Empty values say nothing.</summary>
    /// <param name="name">Name of the field.</param>
    /// <param name="value">Its value.</param>
    /// <param name="strict">True for our own front matter: a malformed date, key or truth value is refused; else it is passed over.</param>
    public bool Set(string name, string? value, bool strict)
    {
        string text = CanonicalText.Of(value);
        if (text.Length == 0)
        {
            return true;
        }

        if (text.Length > MaxValue)
        {
            text = text[..MaxValue];
        }

        switch (name)
        {
            case "key": Key ??= text; break;
            case "title": Title ??= text; break;
            case "source": Source ??= text; break;
            case "publisher": Publisher ??= text; break;
            case "url": Url ??= text; break;
            case "jurisdiction": Jurisdiction ??= text; break;
            case "licence": Licence ??= text; break;
            case "supersedes": Supersedes ??= text; break;
            case "grade_scheme": GradeScheme ??= text; break;
            case "language": Language ??= LanguageTag(text); break;
            case "published": Published ??= strict ? Iso(text) : DateText.Latest(text); break;
            case "withdrawn": Withdrawn ??= Truth(text); break;
            default: return false;
        }

        return true;
    }

    /// <summary>Provenance of the document: what the file says, else the defaults.</summary>
    public Provenance ToProvenance(string format, DocumentKey key) => file.Defaults with
    {
        Source = key.Source,
        Publisher = Publisher ?? file.Defaults.Publisher,
        Url = Url ?? file.Defaults.Url,
        Jurisdiction = Jurisdiction ?? file.Defaults.Jurisdiction,
        Licence = Licence ?? file.Defaults.Licence,
        Published = Published ?? file.Defaults.Published,
        Supersedes = Supersedes is null ? file.Defaults.Supersedes : SupersededKey(key.Source),
        EvidenceGrade = GradeScheme ?? file.Defaults.EvidenceGrade,
        Language = Language ?? file.Defaults.Language,
        Withdrawn = Withdrawn ?? file.Defaults.Withdrawn,
        Format = format,
    };

    /// <summary>The key: stated, else made from the path without its extension.</summary>
    public DocumentKey ToKey()
    {
        string source = KeyText.Clean(Source ?? file.Defaults.Source, forSource: true);
        if (Key is string stated && stated.Contains(':', StringComparison.Ordinal) && DocumentKey.TryParse(stated, out DocumentKey whole))
        {
            return whole;
        }

        return new DocumentKey(source, Key is null ? KeyText.OfPath(file.Path) : KeyText.Clean(Key, forSource: false));
    }

    private DocumentKey SupersededKey(string source)
    {
        string text = Supersedes!.Contains(':', StringComparison.Ordinal) ? Supersedes : $"{source}:{Supersedes}";
        return DocumentKey.TryParse(text, out DocumentKey key) ? key : Throw.Data<DocumentKey>($"supersedes '{Shown(Supersedes)}' is no key: expected name or source:name", file.Path);
    }

    // Jekyll's "published: true" is no date and says nothing here.
    private DateOnly? Iso(string text) => text is "true" or "false" ? null :
        DateText.TryIso(text, out DateOnly date) ? date : Throw.Data<DateOnly>($"published '{Shown(text)}' is no date: expected yyyy-mm-dd", file.Path);

    private bool Truth(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "1" => true,
        "false" or "no" or "0" => false,
        _ => Throw.Data<bool>($"withdrawn '{Shown(text)}': expected true or false", file.Path),
    };

    private static string? LanguageTag(string text) =>
        text.Length <= 35 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text.Replace('_', '-') : null;

    private static string Shown(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
