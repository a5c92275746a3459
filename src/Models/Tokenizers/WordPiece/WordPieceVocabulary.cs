using System.Runtime.CompilerServices;
using System.Text;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// The pieces of a WordPiece model in id order, written the vocab.txt way ("##" marks a continuation): one text and where each piece
/// starts in it, because 30,000 strings take longer to make than to use.
/// </summary>
sealed class WordPieceVocabulary
{
    /// <summary>Largest vocab.txt taken, in bytes.</summary>
    private const int MaxBytes = 64 << 20;

    private readonly int[] _starts; // [count + 1]; a line end stands between two pieces

    private WordPieceVocabulary(string text, int[] starts, string path)
    {
        (Text, _starts, Path) = (text, starts, path);
    }

    /// <summary>Number of pieces.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>All pieces, each with a line end behind it.</summary>
    public string Text { get; }

    /// <summary>Where they came from, for messages.</summary>
    public string Path { get; }

    /// <summary>A piece.</summary>
    public ReadOnlySpan<char> this[int id]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Text.AsSpan(_starts[id], _starts[id + 1] - _starts[id] - 1);
    }

    /// <summary>Reads vocab.txt: one piece a line, the line number is the id.</summary>
    public static WordPieceVocabulary FromBytes(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length > MaxBytes)
        {
            Throw.Data($"vocabulary of {bytes.Length} bytes; at most {MaxBytes} are taken", path);
        }

        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal);
            return Split(text.EndsWith('\n') ? text : text + '\n', path);
        }
        catch (DecoderFallbackException error)
        {
            return Throw.Data<WordPieceVocabulary>("vocabulary is not UTF-8", path, error.Index, error);
        }
    }

    /// <summary>Reads the piece list of a GGUF file, which marks word starts with U+2581 instead of continuations with "##".</summary>
    public static WordPieceVocabulary FromGguf(IReadOnlyList<string> tokens, string path)
    {
        StringBuilder text = new();
        for (int id = 0; id < tokens.Count; id++)
        {
            string token = tokens[id];
            if (token.Contains('\n', StringComparison.Ordinal))
            {
                Throw.Data($"piece {id} contains a line end", path);
            }

            bool starts = token.StartsWith('\u2581');
            bool special = token.Length > 1 && token[0] == '[' && token[^1] == ']';
            text.Append(starts || special ? "" : "##").Append(token, starts ? 1 : 0, token.Length - (starts ? 1 : 0)).Append('\n');
        }

        return Split(text.ToString(), path);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every line, in a cold process
    private static WordPieceVocabulary Split(string text, string path)
    {
        int[] starts = new int[text.AsSpan().Count('\n') + 1];
        int at = 0;
        for (int id = 1; id < starts.Length; id++)
        {
            at += text.AsSpan(at).IndexOf('\n') + 1;
            starts[id] = at;
        }

        return new WordPieceVocabulary(text, starts, path);
    }
}
