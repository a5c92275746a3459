using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Footnotes and endnotes, numbered in the order of their marks.</summary>
sealed class DocxNotes(XElement? footnotes, XElement? endnotes)
{
    private readonly List<XElement> _used = [];

    /// <summary>Notes that have marks in the text, in order.</summary>
    public IReadOnlyList<XElement> Used => _used;

    /// <summary>The number of the mark of a note; null when there is no such note.</summary>
    public int? Mark(XElement reference)
    {
        bool foot = reference.Name.LocalName == "footnoteReference";
        XElement? note = (foot ? footnotes : endnotes).Children(foot ? "footnote" : "endnote").FirstOrDefault(note => note.Value("id") == reference.Value("id"));
        if (note is null)
        {
            return null;
        }

        _used.Add(note);
        return _used.Count;
    }
}
