using System.Text;

namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Turns what a chat style writes into ids: markers by name, runs of text as one piece each.</summary>
sealed class ChatEncoder(GeneratorTokenizer tokenizer, List<int> ids) : IChatWriter
{
    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public void Marker(string token) => Special(tokenizer.IdOfSpecial(token));

    /// <inheritdoc/>
    public void Begin() => Special(tokenizer.Vocabulary.BeginId ?? -1);

    /// <inheritdoc/>
    public void End() => Special(tokenizer.Vocabulary.EndId ?? -1);

    /// <inheritdoc/>
    public void Text(ReadOnlySpan<char> text) => _text.Append(text);

    /// <summary>Encodes the text gathered so far.</summary>
    public void Flush()
    {
        if (_text.Length > 0)
        {
            tokenizer.EncodeIds(_text.ToString(), parseSpecial: false, ids);
            _text.Clear();
        }
    }

    private void Special(int id)
    {
        Flush();
        if (id >= 0)
        {
            ids.Add(id);
        }
    }
}
