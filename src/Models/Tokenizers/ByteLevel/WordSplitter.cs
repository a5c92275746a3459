namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>Cuts text into the words within which byte pairs merge. Each splitter is one published pattern written out by hand.</summary>
abstract class WordSplitter
{
    /// <summary>End of the word that starts at <paramref name="start"/>; always beyond it.</summary>
    public abstract int Next(ReadOnlySpan<char> text, int start);

    /// <summary>Splitter of a pre-tokenizer name (<c>tokenizer.ggml.pre</c>), or null when it is not known.</summary>
    public static WordSplitter? Named(string name) => name switch
    {
        "gpt-2" => new Gpt2Splitter(digitsApart: false),
        "smollm" => new Gpt2Splitter(digitsApart: true),
        "llama-bpe" or "llama3" or "llama-v3" => new Llama3Splitter(),
        _ => null,
    };

    /// <summary>End of the run of characters of one class that starts at <paramref name="at"/>.</summary>
    protected static int Run(ReadOnlySpan<char> text, int at, RuneClass kind)
    {
        while (at < text.Length && RuneClasses.At(text, at, out int units) == kind)
        {
            at += units;
        }

        return at;
    }

    /// <summary>Length of 's 't 're 've 'm 'll 'd at <paramref name="at"/>, 0 when there is none.</summary>
    protected static int Contraction(ReadOnlySpan<char> text, int at, bool anyCase)
    {
        if (text[at] != '\'' || at + 1 >= text.Length)
        {
            return 0;
        }

        char first = Fold(text[at + 1], anyCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        char second = at + 2 < text.Length ? Fold(text[at + 2], anyCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char unit, bool anyCase) => anyCase && char.IsAsciiLetterUpper(unit) ? (char)(unit | 0x20) : unit;
}
