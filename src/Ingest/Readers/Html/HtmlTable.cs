using System.Text;
using HtmlAgilityPack;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>Reads a table: rows carry their column headers and the cells that reach down from rows above; spans are bounded.</summary>
sealed class HtmlTable(HtmlWalker walker, DocumentBuilder builder)
{
    private const int MaxColumns = 200;
    private const int MaxRowSpan = 1000;
    private const int MaxShared = 200;
    private const int MaxHeaders = 1000;
    private const int MaxCaption = 200;

    private readonly List<(Cell Cell, int Rows)> _open = []; // per column: cell that reaches down, rows left
    private List<List<string>>? _headers; // per column, outermost first
    private string? _caption;
    private string? _headerText;

    /// <summary>Reads the rows of a table element; a table of one column, or with tables inside, is layout and read as blocks.</summary>
    public void Read(HtmlNode table)
    {
        List<HtmlNode> parts = [];
        HtmlNode? caption = null;
        Collect(table, parts, ref caption);
        List<HtmlNode>[][] cells = [.. parts.Select(static part => part.Name == "tr" ? Cells(part) : [])];
        if (caption is not null)
        {
            Caption(walker.Words(caption));
        }

        bool layout = cells.All(static row => row.Length <= 1) || parts.Exists(static part => part.Name == "tr" && part.Descendants("table").Any());
        int last = parts.FindLastIndex(static part => part.Name == "tr");
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Name != "tr")
            {
                EndHeaders();
                Blocks(parts[i]);
            }
            else if (layout)
            {
                Array.ForEach(cells[i], cell => cell.ForEach(Blocks));
            }
            else
            {
                Row(parts[i], cells[i], i == last);
            }
        }

        EndHeaders();
    }

    /// <summary>Rows, and what stands between them outside of any.</summary>
    private static void Collect(HtmlNode node, List<HtmlNode> parts, ref HtmlNode? caption)
    {
        foreach (HtmlNode child in node.ChildNodes)
        {
            if (child.Name == "tr")
            {
                if (!HtmlRules.IsRemoved(child))
                {
                    parts.Add(child);
                    Collect(child, parts, ref caption); // unclosed rows nest
                }
            }
            else if (child.Name == "caption")
            {
                caption ??= child;
            }
            else if (child.Name is "thead" or "tbody" or "tfoot" or "tbpdy" || IsLoose(child, rows: true))
            {
                Collect(child, parts, ref caption);
            }
            else if (IsLoose(child, rows: false) && !(node.Name == "tr" && node.ChildNodes.Any(IsCell)))
            {
                parts.Add(child);
            }
        }
    }

    /// <summary>The cells of a row, each with what stands behind it outside of any, as it does when a tag was forgotten; the first also with what stands before it.</summary>
    private static List<HtmlNode>[] Cells(HtmlNode row)
    {
        List<List<HtmlNode>> cells = [];
        List<HtmlNode> before = [];
        foreach (HtmlNode child in row.ChildNodes)
        {
            if (IsCell(child))
            {
                cells.Add(cells.Count == 0 ? [.. before, child] : [child]);
            }
            else if (IsLoose(child, rows: false))
            {
                (cells.Count == 0 ? before : cells[^1]).Add(child);
            }
        }

        return [.. cells];
    }

    private static bool IsCell(HtmlNode node) => node.Name is "td" or "th" && !HtmlRules.IsRemoved(node);

    /// <summary>True for text outside of cells, and for elements there that have none of a table in them, or that have rows.</summary>
    private static bool IsLoose(HtmlNode node, bool rows) => node is HtmlTextNode text
        ? !rows && !string.IsNullOrWhiteSpace(text.Text)
        : node.NodeType == HtmlNodeType.Element && node.Name is not ("td" or "th" or "tr" or "table" or "col" or "colgroup" or "caption" or "thead" or "tbody" or "tfoot" or "tbpdy")
            && !HtmlRules.IsRemoved(node) && node.Descendants("tr").Any() == rows;

    private void Blocks(HtmlNode node)
    {
        if (node is HtmlTextNode)
        {
            builder.Block(BlockForm.Paragraph, Words(node));
        }
        else
        {
            walker.Blocks(node);
        }
    }

    private string Words(HtmlNode node) => node is HtmlTextNode text ? CanonicalText.Of(System.Net.WebUtility.HtmlDecode(text.Text)) : walker.Words(node);

    private void EndHeaders()
    {
        if (_headerText is not null)
        {
            builder.Block(BlockForm.TableRow, _headerText, tableHeader: _caption, kind: ContentKind.Table);
            _headerText = null;
        }
    }

    private void Row(HtmlNode row, List<HtmlNode>[] cells, bool last)
    {
        (string Text, int Columns, int Rows, bool Header)[] read = [.. cells.Select(Read)];
        string own = string.Join(" | ", read.Where(static c => c.Text.Length > 0).Select(static c => c.Text));
        bool header = row.ParentNode?.Name == "thead" || (read.Length > 0 && read.All(static c => c.Header || c.Text.Length == 0) && read.Count(static c => c.Text.Length > 0) > 1);
        List<Cell> columns = Place(read);
        if (own.Length == 0)
        {
            return;
        }

        if (header && (_headers is null || _headerText is not null))
        {
            _headers ??= [];
            for (int column = 0; column < columns.Count; column++)
            {
                while (_headers.Count <= column)
                {
                    _headers.Add([]);
                }

                string heading = columns[column].Text;
                if (heading.Length > 0 && !_headers[column].Contains(heading))
                {
                    _headers[column].Add(heading);
                }
            }

            _headerText = _headerText is null ? own : $"{_headerText}\n{own}";
            return;
        }

        if (read.Length == 1 && columns.TrueForAll(cell => ReferenceEquals(cell, columns[0])) && !last && row.ParentNode?.Name != "tfoot" && own.Length <= MaxCaption)
        {
            Caption(own); // one cell over the whole width: a group of rows begins
            return;
        }

        string text = _headerText is null ? own : $"{_headerText}\n{own}";
        string printed = Printed(columns, first: _headerText is not null);
        _headerText = null;
        builder.Block(BlockForm.TableRow, text, tableHeader: _caption, rowText: printed, kind: ContentKind.Table);
    }

    private (string Text, int Columns, int Rows, bool Header) Read(List<HtmlNode> parts)
    {
        HtmlNode cell = parts.Find(IsCell)!;
        return (string.Join(' ', parts.Select(Words).Where(static text => text.Length > 0)), Span(cell, "colspan", MaxColumns), Span(cell, "rowspan", MaxRowSpan), cell.Name == "th");
    }

    private void Caption(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        EndHeaders();
        builder.Block(BlockForm.Paragraph, text, leadIn: true, kind: ContentKind.Table);
        _caption = text.Length <= MaxCaption ? text : null;
    }

    /// <summary>The row over all columns, with cells that reach down from above (shortened) and cells that reach right once.</summary>
    private List<Cell> Place((string Text, int Columns, int Rows, bool Header)[] cells)
    {
        List<Cell> columns = [];
        int next = 0;
        void Shared()
        {
            while (columns.Count < _open.Count && columns.Count < MaxColumns && _open[columns.Count].Rows > 0)
            {
                (Cell cell, int rows) = _open[columns.Count];
                _open[columns.Count] = (cell, rows - 1);
                columns.Add(cell);
            }
        }

        for (; next < cells.Length; next++)
        {
            Shared();
            (string text, int across, int down, bool _) = cells[next];
            Cell cell = new(text);
            Cell below = new(Short(text));
            for (int i = 0; i == 0 || (i < across && columns.Count < MaxColumns); i++) // the bound is on spans: every cell has a column
            {
                while (_open.Count <= columns.Count)
                {
                    _open.Add((below, 0));
                }

                _open[columns.Count] = (below, down - 1);
                columns.Add(cell);
            }
        }

        Shared();
        return columns;
    }

    private string Printed(List<Cell> columns, bool first)
    {
        bool withHeaders = _headers is not null && _headers.Sum(static h => h.Sum(static t => t.Length)) <= MaxHeaders;
        StringBuilder printed = new();
        if (first && !withHeaders)
        {
            printed.Append(_headerText).Append('\n');
        }

        for (int column = 0; column < columns.Count; column++)
        {
            string cell = columns[column].Text;
            string header = withHeaders && column < _headers!.Count ? string.Join(" / ", _headers[column]) : "";
            bool repeated = column > 0 && ReferenceEquals(columns[column], columns[column - 1]);
            if (repeated || (cell.Length == 0 && !(first && header.Length > 0)))
            {
                if (first && repeated && header.Length > 0)
                {
                    printed.Append("; ").Append(header); // a cell over several columns: their headers are named once
                }

                continue;
            }

            printed.Append(printed.Length > 0 && printed[^1] != '\n' ? "; " : "").Append(header);
            printed.Append(header.Length > 0 && cell.Length > 0 ? header.EndsWith(':') ? " " : ": " : "").Append(cell);
        }

        for (int column = columns.Count; first && withHeaders && column < _headers!.Count; column++)
        {
            printed.Append("; ").AppendJoin(" / ", _headers[column]);
        }

        return printed.ToString();
    }

    private static int Span(HtmlNode cell, string name, int most) =>
        cell.HasAttributes && int.TryParse(cell.GetAttributeValue(name, "1"), out int span) ? Math.Clamp(span, 1, most) : 1;

    /// <summary>One cell; the same object in every column that it spans.</summary>
    private sealed record Cell(string Text);

    private static string Short(string text) => text.Length <= MaxShared ? text : $"{text[..MaxShared].TrimEnd()}…";
}
