namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>
/// The GPT-2 pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>; SmolLM first sets every single
/// number character apart, so that each acts like an end of text for what precedes it.
/// </summary>
sealed class Gpt2Splitter(bool digitsApart) : WordSplitter
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text, int start)
    {
        int contraction = Contraction(text, start, anyCase: false);
        if (contraction > 0)
        {
            return start + contraction;
        }

        RuneClass kind = RuneClasses.At(text, start, out int units);
        if (digitsApart && kind == RuneClass.Number)
        {
            return start + units;
        }

        if (kind != RuneClass.Space)
        {
            return Run(text, start, kind);
        }

        if (text[start] == ' ' && start + 1 < text.Length)
        {
            RuneClass next = RuneClasses.At(text, start + 1, out _);
            if (next != RuneClass.Space && !(digitsApart && next == RuneClass.Number))
            {
                return Run(text, start + 1, next);
            }
        }

        // Spaces: all but the last when a word follows, which takes that one itself if it is a plain space.
        int end = Run(text, start, RuneClass.Space);
        bool atEnd = end == text.Length || (digitsApart && RuneClasses.At(text, end, out _) == RuneClass.Number);
        return atEnd || end == start + 1 ? end : end - 1;
    }
}
