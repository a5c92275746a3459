using System.Text;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>The pieces of a WordPiece model in id order, written the vocab.txt way ("##" marks a continuation).</summary>
sealed class WordPieceVocabulary
{
    /// <summary>Largest vocab.txt taken, in bytes.</summary>
    private const int MaxBytes = 64 << 20;

    private WordPieceVocabulary(string[] pieces, string path)
    {
        (Pieces, Path) = (pieces, path);
    }

    /// <summary>Pieces by id.</summary>
    public string[] Pieces { get; }

    /// <summary>Where they came from, for messages.</summary>
    public string Path { get; }

    /// <summary>Reads vocab.txt: one piece a line, the line number is the id.</summary>
    public static WordPieceVocabulary FromBytes(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length > MaxBytes)
        {
            Throw.Data($"vocabulary of {bytes.Length} bytes; at most {MaxBytes} are taken", path);
        }

        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            return Throw.Data<WordPieceVocabulary>("vocabulary is not UTF-8", path, error.Index, error);
        }

        List<string> pieces = new(32768);
        foreach (Range line in text.AsSpan().Split('\n'))
        {
            pieces.Add(text.AsSpan(line).TrimEnd('\r').ToString());
        }

        if (pieces.Count > 0 && pieces[^1].Length == 0)
        {
            pieces.RemoveAt(pieces.Count - 1);
        }

        return new WordPieceVocabulary([.. pieces], path);
    }

    /// <summary>Reads the piece list of a GGUF file, which marks word starts with U+2581 instead of continuations with "##".</summary>
    public static WordPieceVocabulary FromGguf(IReadOnlyList<string> tokens, string path)
    {
        string[] pieces = new string[tokens.Count];
        for (int i = 0; i < pieces.Length; i++)
        {
            string token = tokens[i];
            bool special = token.Length > 1 && token[0] == '[' && token[^1] == ']';
            pieces[i] = token.StartsWith('\u2581') ? token[1..] : special ? token : "##" + token;
        }

        return new WordPieceVocabulary(pieces, path);
    }
}
