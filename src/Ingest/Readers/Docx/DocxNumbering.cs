using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Lists: bullets or numbers, and the number that comes next.</summary>
sealed class DocxNumbering
{
    private readonly Dictionary<int, XElement> _lists = []; // numId to abstractNum
    private readonly Dictionary<(int Number, int Level), int> _counters = [];

    public DocxNumbering(XElement? numbering)
    {
        Dictionary<int, XElement> definitions = [];
        foreach (XElement definition in numbering.Children("abstractNum"))
        {
            definitions.TryAdd(definition.Number("abstractNumId") ?? -1, definition);
        }

        foreach (XElement list in numbering.Children("num"))
        {
            if (list.Number("numId") is int id && definitions.TryGetValue(list.Child("abstractNumId").Number() ?? -1, out XElement? definition))
            {
                _lists.TryAdd(id, definition);
            }
        }
    }

    /// <summary>The number of the next item at a level; null for a bullet.</summary>
    public int? Next(int number, int level)
    {
        XElement? definition = _lists.GetValueOrDefault(number).Children("lvl").FirstOrDefault(lvl => lvl.Number("ilvl") == level);
        if (definition is null || definition.Child("numFmt").Value() is null or "bullet" or "none")
        {
            return null;
        }

        for (int deeper = level + 1; deeper < 9; deeper++)
        {
            _counters.Remove((number, deeper));
        }

        int next = _counters.TryGetValue((number, level), out int last) ? last + 1 : definition.Child("start").Number() ?? 1;
        _counters[(number, level)] = next;
        return next;
    }
}
