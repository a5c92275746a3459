using System.Globalization;
using System.Net;
using System.Text;
using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Writes the body of a Word document as HTML, so that headings, lists and tables go one way with those of pages.</summary>
sealed class DocxToHtml(DocxStyles styles, DocxNumbering numbering, DocxNotes notes)
{
    private readonly StringBuilder _html = new();
    private readonly Stack<(string Tag, int Level)> _lists = new();
    private readonly Queue<XElement> _boxes = new();

    public string Convert(XElement document)
    {
        Blocks(document.Child("body"));
        if (notes.Used.Count > 0)
        {
            _html.Append("<h2>Notes</h2>");
            for (int i = 0; i < notes.Used.Count && i < 10_000; i++)
            {
                _html.Append(CultureInfo.InvariantCulture, $"<div>[{i + 1}] ");
                notes.Used[i].Descendants().Where(static e => e.Name.LocalName == "p").ToList().ForEach(Runs);
                _html.Append("</div>");
            }
        }

        return $"<html><body>{_html}</body></html>";
    }

    private void Blocks(XElement? holder)
    {
        foreach (XElement element in holder?.Elements() ?? [])
        {
            switch (element.Name.LocalName)
            {
                case "p":
                    Paragraph(element);
                    break;
                case "tbl":
                    CloseLists(-1);
                    Table(element);
                    break;
                case "sdt":
                    Blocks(element.Child("sdtContent"));
                    break;
                case "ins" or "customXml" or "moveTo":
                    Blocks(element);
                    break;
            }
        }

        CloseLists(-1);
    }

    private void Paragraph(XElement paragraph)
    {
        XElement? properties = paragraph.Child("pPr");
        int level = styles.Level(properties);
        (int Number, int Level)? list = styles.List(properties);
        int? number = list is null ? null : numbering.Next(list.Value.Number, list.Value.Level);
        if (level > 0)
        {
            CloseLists(-1);
            _html.Append(CultureInfo.InvariantCulture, $"<h{Math.Min(level, 6)}>");
            Runs(paragraph);
            _html.Append(CultureInfo.InvariantCulture, $"</h{Math.Min(level, 6)}>");
        }
        else if (list is not null)
        {
            Item(paragraph, list.Value.Level, number);
        }
        else
        {
            CloseLists(-1);
            _html.Append("<div>");
            Runs(paragraph);
            _html.Append("</div>");
        }

        while (_boxes.TryDequeue(out XElement? box))
        {
            Blocks(box);
        }
    }

    private void Item(XElement paragraph, int level, int? number)
    {
        string tag = number is null ? "ul" : "ol";
        CloseLists(level);
        if (_lists.Count > 0 && _lists.Peek().Level == level && _lists.Peek().Tag != tag)
        {
            CloseLists(level - 1);
        }

        if (_lists.Count == 0 || _lists.Peek().Level < level)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<{tag}{(number is null ? "" : $" start=\"{number}\"")}>");
            _lists.Push((tag, level));
        }

        _html.Append("<li>");
        Runs(paragraph);
        _html.Append("</li>");
    }

    private void CloseLists(int above)
    {
        while (_lists.Count > 0 && _lists.Peek().Level > above)
        {
            _html.Append("</").Append(_lists.Pop().Tag).Append('>');
        }
    }

    private void Runs(XElement holder)
    {
        foreach (XElement element in holder.Elements())
        {
            switch (element.Name.LocalName)
            {
                case "r":
                    Run(element);
                    break;
                case "hyperlink" or "ins" or "smartTag" or "fldSimple" or "sdtContent" or "customXml" or "moveTo" or "oMath" or "oMathPara":
                    Runs(element);
                    break;
                case "sdt":
                    Runs(element.Child("sdtContent") ?? element);
                    break;
            }
        }
    }

    private void Run(XElement run)
    {
        XElement? properties = run.Child("rPr");
        if (properties.IsOn("vanish"))
        {
            return;
        }

        bool bold = properties.IsOn("b"), underlined = properties.IsOn("u");
        _html.Append(bold ? "<b>" : "").Append(underlined ? "<u>" : "");
        foreach (XElement part in run.Elements())
        {
            _html.Append(part.Name.LocalName switch
            {
                "t" => WebUtility.HtmlEncode(part.Value),
                "tab" or "ptab" => " ",
                "br" or "cr" => "<br>",
                "noBreakHyphen" => "-",
                "footnoteReference" or "endnoteReference" => notes.Mark(part) is int mark ? $" [{mark.ToString(CultureInfo.InvariantCulture)}]" : "",
                _ => "",
            });
            if (part.Name.LocalName is "drawing" or "pict" or "AlternateContent" or "object")
            {
                Boxes(part);
            }
        }

        _html.Append(underlined ? "</u>" : "").Append(bold ? "</b>" : "");
    }

    /// <summary>Text boxes come after their paragraph; of two forms of the same drawing the first counts.</summary>
    private void Boxes(XElement drawing)
    {
        XElement from = (drawing.Name.LocalName == "AlternateContent" ? drawing.Child("Choice") : null) ?? drawing;
        foreach (XElement box in from.Descendants().Where(static e => e.Name.LocalName == "txbxContent"))
        {
            if (!box.Ancestors().TakeWhile(e => e != from).Any(static e => e.Name.LocalName is "txbxContent" or "Fallback"))
            {
                _boxes.Enqueue(box);
            }
        }
    }

    private void Table(XElement table)
    {
        XElement[] rows = [.. table.Children("tr")];
        (int Column, int Span, XElement Cell)[][] cells = [.. rows.Select(static row => Place(row))];
        bool first = table.Child("tblPr").Child("tblLook").Value("firstRow") is "1" or "true";
        _html.Append("<table>");
        for (int i = 0; i < rows.Length; i++)
        {
            bool header = rows[i].Child("trPr").IsOn("tblHeader") || (i == 0 && first && rows.Length > 1);
            _html.Append(header ? "<thead><tr>" : "<tr>");
            foreach ((int column, int span, XElement cell) in cells[i])
            {
                if (IsContinued(cell))
                {
                    continue;
                }

                int down = 1;
                while (i + down < rows.Length && Array.Exists(cells[i + down], below => below.Column == column && IsContinued(below.Cell)))
                {
                    down++;
                }

                string tag = header ? "th" : "td";
                _html.Append(CultureInfo.InvariantCulture, $"<{tag} colspan=\"{span}\" rowspan=\"{down}\">");
                Blocks(cell);
                _html.Append("</").Append(tag).Append('>');
            }

            _html.Append(header ? "</tr></thead>" : "</tr>");
        }

        _html.Append("</table>");
    }

    private static bool IsContinued(XElement cell) => cell.Child("tcPr").Child("vMerge") is XElement merge && merge.Value() is (null or "continue");

    private static (int Column, int Span, XElement Cell)[] Place(XElement row)
    {
        int column = 0;
        List<(int, int, XElement)> placed = [];
        foreach (XElement cell in row.Elements().Select(static e => e.Name.LocalName == "sdt" ? e.Child("sdtContent").Child("tc") ?? e : e).Where(static e => e.Name.LocalName == "tc"))
        {
            int span = Math.Clamp(cell.Child("tcPr").Child("gridSpan").Number() ?? 1, 1, 200);
            placed.Add((column, span, cell));
            column += span;
        }

        return [.. placed];
    }
}
