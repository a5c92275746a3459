using System.Globalization;
using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Which paragraph styles are headings, and of which level; which are lists.</summary>
sealed class DocxStyles
{
    private const int MaxChain = 20;
    private readonly Dictionary<string, XElement> _styles = [];

    public DocxStyles(XElement? styles)
    {
        foreach (XElement style in styles.Children("style"))
        {
            _styles.TryAdd(style.Value("styleId") ?? "", style);
        }
    }

    /// <summary>Level from 1; 0 for text. The title of a document is level 1, its headings begin at 2 then.</summary>
    public int Level(XElement? properties)
    {
        if (properties.Child("outlineLvl").Number() is int own)
        {
            return own is >= 0 and < 9 ? own + 1 : 0;
        }

        foreach (XElement style in Chain(properties))
        {
            string name = style.Child("name").Value()?.ToLowerInvariant() ?? "";
            if (name == "title")
            {
                return 1;
            }

            if (name.StartsWith("heading ", StringComparison.Ordinal) && int.TryParse(name.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level is > 0 and < 10)
            {
                return level;
            }

            if (style.Child("pPr").Child("outlineLvl").Number() is int outline and >= 0 and < 9)
            {
                return outline + 1;
            }
        }

        return 0;
    }

    /// <summary>The numbering of a paragraph: its own, else that of its style.</summary>
    public (int Number, int Level)? List(XElement? properties)
    {
        foreach (XElement? holder in Chain(properties).Select(static style => style.Child("pPr")).Prepend(properties))
        {
            if (holder.Child("numPr") is XElement list && list.Child("numId").Number() is int number)
            {
                return number > 0 ? (number, Math.Clamp(list.Child("ilvl").Number() ?? 0, 0, 8)) : null;
            }
        }

        return null;
    }

    private IEnumerable<XElement> Chain(XElement? properties)
    {
        string? id = properties.Child("pStyle").Value();
        for (int i = 0; i < MaxChain && id is not null && _styles.TryGetValue(id, out XElement? style); i++)
        {
            yield return style;
            id = style.Child("basedOn").Value();
        }
    }
}
