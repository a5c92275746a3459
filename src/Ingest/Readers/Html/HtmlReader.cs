using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Decoding;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>HTML pages: headings to section paths, nested lists, tables, provenance from meta elements and fields; navigation, scripts and banners left out.</summary>
public sealed class HtmlReader : IDocumentReader
{
    private const int MaxNesting = 800;
    private const int MaxBytes = 16 << 20; // its elements take some thirty times as much
    private const string OwnPrefix = "jmlr:";

    /// <inheritdoc/>
    public string Format => "html";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        ReadOnlySpan<byte> head = file.Content.Span[..Math.Min(file.Content.Length, 2048)];
        string text = Encoding.Latin1.GetString(head).Replace("\0", "", StringComparison.Ordinal).TrimStart('\u00EF', '\u00BB', '\u00BF', '\u00FF', '\u00FE', ' ', '\t', '\r', '\n');
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        bool tags = text.Contains("<html", StringComparison.OrdinalIgnoreCase) || text.Contains("<body", StringComparison.OrdinalIgnoreCase) || text.Contains("<head>", StringComparison.OrdinalIgnoreCase);
        bool named = file.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".htm", StringComparison.OrdinalIgnoreCase);
        if (tags && text.StartsWith("<?xml", StringComparison.Ordinal))
        {
            return 0.95; // XHTML
        }

        return text.StartsWith('<') && !text.StartsWith("<?xml", StringComparison.Ordinal) ? (tags ? 0.95 : named ? 0.9 : 0.4) : named ? 0.85 : 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        HtmlDocument page = Parse(file);
        PageParts parts = new(page);
        HtmlProfile profile = HtmlProfile.For(parts.Meta);
        DocumentBuilder builder = profile.RecommendationHeadings.Length == 0 ? new(file, Format)
            : new(file, Format) { IsRecommendationHeading = heading => profile.RecommendationHeadings.Contains(heading) };
        FrontFromHead(parts, profile, builder.Front);
        HtmlFields.Set(parts, profile, builder.Front);
        new HtmlWalker(builder, new HtmlWalkerOptions(profile.PseudoHeadings)).Walk(parts.Body);
        builder.Front.Set("title", parts.Title, strict: false);
        yield return builder.Finish();
    }

    /// <summary>Parses a page whose bytes come through a pipe.</summary>
    private static HtmlDocument Parse(SourceFile file)
    {
        if (file.Content.Length > MaxBytes)
        {
            Throw.Data($"a page of {file.Content.Length} bytes, at most {MaxBytes} are read: split it", file.Path);
        }

        Encoding encoding = TextDecoding.Detect(file.Content.Span, file.Path, out int mark);
        using PipeTextReader reader = new(PipeReader.Create(new ReadOnlySequence<byte>(file.Content[mark..])), encoding);
        return Parse(reader, file.Path);
    }

    internal static HtmlDocument Parse(TextReader reader, string path)
    {
        HtmlDocument page = new() { OptionMaxNestedChildNodes = MaxNesting, OptionReadEncoding = false, DisableServerSideCode = true };
        try
        {
            page.Load(reader);
        }
        catch (Exception error) when (error is not (IOException or OutOfMemoryException))
        {
            // HtmlAgilityPack reports its own limit with a bare exception.
            Throw.Data($"elements nested more than {MaxNesting} deep, or HTML that cannot be parsed", path, inner: error);
        }

        return page;
    }

    private static void FrontFromHead(PageParts parts, HtmlProfile profile, FrontData front)
    {
        Dictionary<string, string> meta = parts.Meta;
        foreach ((string name, string value) in meta)
        {
            if (name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase))
            {
                front.Set(name[OwnPrefix.Length..].ToLowerInvariant(), value, strict: true);
            }
        }

        front.Set("key", profile.KeyMeta is null ? null : meta.GetValueOrDefault(profile.KeyMeta), strict: false);
        front.Set("jurisdiction", profile.Jurisdiction, strict: false);
        foreach ((string field, string[] names) in profile.Meta)
        {
            front.Set(field, names.Select(meta.GetValueOrDefault).FirstOrDefault(static value => !string.IsNullOrWhiteSpace(value)), strict: false);
        }

        foreach (HtmlNode link in parts.Links)
        {
            string? field = link.GetAttributeValue("rel", "").ToLowerInvariant() switch { "canonical" => "url", "license" => "licence", _ => null };
            if (field is not null)
            {
                front.Set(field, WebUtility.HtmlDecode(link.GetAttributeValue("href", "")), strict: false);
            }
        }

        front.Set("language", parts.Language, strict: false);
    }
}
