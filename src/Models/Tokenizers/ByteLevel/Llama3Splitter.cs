namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>
/// The Llama 3 pattern <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
sealed class Llama3Splitter : WordSplitter
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text, int start)
    {
        int contraction = Contraction(text, start, anyCase: true);
        if (contraction > 0)
        {
            return start + contraction;
        }

        RuneClass kind = RuneClasses.At(text, start, out int units);
        switch (kind)
        {
            case RuneClass.Letter:
                return Run(text, start, RuneClass.Letter);
            case RuneClass.Number:
                return Numbers(text, start);
        }

        int next = start + units;
        RuneClass following = next < text.Length ? RuneClasses.At(text, next, out _) : RuneClass.Space;
        if (following == RuneClass.Letter && text[start] is not ('\r' or '\n'))
        {
            return Run(text, next, RuneClass.Letter);
        }

        if (kind == RuneClass.Other)
        {
            return LineEnds(text, Run(text, start, RuneClass.Other));
        }

        return text[start] == ' ' && following == RuneClass.Other ? LineEnds(text, Run(text, next, RuneClass.Other)) : Spaces(text, start);
    }

    private static int Numbers(ReadOnlySpan<char> text, int at)
    {
        for (int i = 0; i < 3 && at < text.Length && RuneClasses.At(text, at, out int units) == RuneClass.Number; i++)
        {
            at += units;
        }

        return at;
    }

    private static int LineEnds(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is ('\r' or '\n'))
        {
            at++;
        }

        return at;
    }

    private static int Spaces(ReadOnlySpan<char> text, int start)
    {
        int end = Run(text, start, RuneClass.Space);
        int lineEnd = text[start..end].LastIndexOfAny('\r', '\n');
        if (lineEnd >= 0)
        {
            return start + lineEnd + 1;
        }

        return end == text.Length || end == start + 1 ? end : end - 1;
    }
}
