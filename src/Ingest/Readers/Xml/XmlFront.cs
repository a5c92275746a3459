using System.Globalization;
using System.Xml.Linq;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>What an XML document says of itself: JATS article metadata, the info of DocBook, the prolog of DITA.</summary>
static class XmlFront
{
    private static readonly string[] DateKinds = ["epub", "ppub", "pub", "collection"];

    public static void Read(XElement root, FrontData front)
    {
        XElement? meta = Find(root, "article-meta");
        if (meta is not null)
        {
            front.Set("title", Find(meta, "article-title")?.Value, strict: false);
            front.Set("publisher", (Find(root, "publisher-name") ?? Find(root, "journal-title"))?.Value, strict: false);
            front.Set("published", DateOf(meta), strict: false);
            front.Set("licence", (Find(meta, "license") ?? Find(meta, "copyright-statement"))?.Value, strict: false);
            string? doi = All(meta, "article-id").FirstOrDefault(static id => (string?)id.Attribute("pub-id-type") == "doi")?.Value.Trim();
            front.Set("url", string.IsNullOrEmpty(doi) ? null : $"https://doi.org/{doi}", strict: false);
        }
        else if ((Find(root, "info") ?? Find(root, "bookinfo") ?? Find(root, "articleinfo") ?? Find(root, "prolog")) is XElement info)
        {
            front.Set("published", (Find(info, "pubdate") ?? Find(info, "date"))?.Value ?? (string?)Find(info, "revised")?.Attribute("modified"), strict: false);
            front.Set("publisher", (Find(info, "publishername") ?? Find(info, "orgname") ?? Find(info, "publisher"))?.Value, strict: false);
            front.Set("licence", (Find(info, "legalnotice") ?? Find(info, "copyright"))?.Value, strict: false);
        }

        front.Set("language", (string?)root.Attribute(XNamespace.Xml + "lang"), strict: false);
    }

    private static string? DateOf(XElement meta)
    {
        XElement[] dates = [.. All(meta, "pub-date")];
        XElement? best = DateKinds.Select(kind => Array.Find(dates, date => ((string?)date.Attribute("pub-type") ?? (string?)date.Attribute("date-type")) == kind)).FirstOrDefault(static d => d is not null) ?? dates.FirstOrDefault();
        if (best is null || !int.TryParse(Find(best, "year")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int year))
        {
            return null;
        }

        string month = Find(best, "month")?.Value.Trim() ?? "1", day = Find(best, "day")?.Value.Trim() ?? "1";
        return int.TryParse(month, out int m) && int.TryParse(day, out int d) ? string.Create(CultureInfo.InvariantCulture, $"{year:0000}-{m:00}-{d:00}") : $"{year} {month}";
    }

    private static XElement? Find(XElement under, string name) => All(under, name).FirstOrDefault();

    private static IEnumerable<XElement> All(XElement under, string name) => under.Descendants().Where(element => element.Name.LocalName == name);
}
