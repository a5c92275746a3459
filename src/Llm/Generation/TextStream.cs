using System.Text;

namespace Jmlr.Llm.Generation;

/// <summary>
/// Bytes of tokens to text: gives out whole characters only, and holds back what may yet become a stop text.
/// </summary>
sealed class TextStream(IReadOnlyList<string> stops, Action<string>? onText)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();
    private string _held = "";

    /// <summary>Text given out so far.</summary>
    internal string Text => _text.ToString();

    /// <summary>Adds the bytes of a token; true when a stop text was reached (it and what follows are dropped).</summary>
    internal bool Add(ReadOnlySpan<byte> bytes) => Take(Decode(bytes, flush: false));

    /// <summary>Gives out what was held back; true when a stop text turned up in it.</summary>
    internal bool Finish()
    {
        bool stopped = Take(Decode([], flush: true));
        if (!stopped)
        {
            GiveOut(_held);
            _held = "";
        }

        return stopped;
    }

    private bool Take(string fresh)
    {
        if (fresh.Length == 0)
        {
            return false;
        }

        string text = _held + fresh;
        int end = -1;
        foreach (string stop in stops)
        {
            int at = stop.Length == 0 ? -1 : text.IndexOf(stop, StringComparison.Ordinal);
            end = at >= 0 && (end < 0 || at < end) ? at : end;
        }

        if (end >= 0)
        {
            GiveOut(text[..end]);
            _held = "";
            return true;
        }

        int keep = Held(text);
        GiveOut(text[..^keep]);
        _held = text[^keep..];
        return false;
    }

    // The longest end of the text that begins a stop text.
    private int Held(string text)
    {
        int keep = 0;
        foreach (string stop in stops)
        {
            for (int n = Math.Min(stop.Length - 1, text.Length); n > keep; n--)
            {
                if (text.AsSpan(text.Length - n).SequenceEqual(stop.AsSpan(0, n)))
                {
                    keep = n;
                }
            }
        }

        return keep;
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        int count = _decoder.GetCharCount(bytes, flush);
        if (count == 0 && !flush)
        {
            // Nothing whole yet, but the decoder must see the bytes.
            _decoder.GetChars(bytes, [], flush);
            return "";
        }

        char[] characters = new char[count];
        _decoder.GetChars(bytes, characters, flush);
        return new string(characters);
    }

    private void GiveOut(string text)
    {
        if (text.Length > 0)
        {
            _text.Append(text);
            onText?.Invoke(text);
        }
    }
}
