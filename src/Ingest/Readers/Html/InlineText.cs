using System.Net;
using System.Text;
using HtmlAgilityPack;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Readers.Html;

/// <summary>The words of one block as they come, and how much of it is bold or underlined.</summary>
sealed class InlineText
{
    private readonly StringBuilder _text = new();

    public int Bold { get; private set; }

    public int Underlined { get; private set; }

    public bool IsEmpty => _text.Length == 0 || (_text.Length == 1 && _text[0] == ' ');

    /// <summary>True when every visible character is bold.</summary>
    public bool AllBold => Bold > 0 && Bold >= Visible;

    /// <summary>True when every visible character is underlined.</summary>
    public bool AllUnderlined => Underlined > 0 && Underlined >= Visible;

    private int Visible { get; set; }

    public void Add(HtmlTextNode node, bool bold, bool underlined)
    {
        string raw = node.Text;
        Add(raw.Contains('&', StringComparison.Ordinal) ? WebUtility.HtmlDecode(raw) : raw, bold, underlined);
    }

    public void Add(ReadOnlySpan<char> text, bool bold = false, bool underlined = false)
    {
        int before = _text.Length;
        int spaces = CanonicalText.Append(_text, text);
        int visible = _text.Length - before - spaces;
        Visible += visible;
        Bold += bold ? visible : 0;
        Underlined += underlined ? visible : 0;
    }

    /// <summary>A forced line break.</summary>
    public void Break()
    {
        if (_text.Length > 0)
        {
            if (_text[^1] == ' ')
            {
                _text.Length--;
            }

            if (_text.Length > 0 && _text[^1] != '\n')
            {
                _text.Append('\n');
            }
        }
    }

    /// <summary>Words that follow belong to another block: keep them apart.</summary>
    public void Gap() => CanonicalText.Append(_text, " ");

    /// <summary>The text, and the buffer is empty again.</summary>
    public string Take()
    {
        string text = _text.ToString().Trim(' ', '\n');
        _text.Clear();
        (Bold, Underlined, Visible) = (0, 0, 0);
        return text;
    }
}
