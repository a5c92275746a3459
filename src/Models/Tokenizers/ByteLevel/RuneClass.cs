using System.Globalization;
using System.Text;

namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>The four kinds of characters the pre-tokenizer patterns tell apart.</summary>
enum RuneClass : byte
{
    /// <summary>Neither of the following.</summary>
    Other,

    /// <summary>\p{L}.</summary>
    Letter,

    /// <summary>\p{N}.</summary>
    Number,

    /// <summary>\s.</summary>
    Space,
}

/// <summary>Classes of code points; .NET's regular expressions cannot be used, as they see letters beyond U+FFFF as two surrogates.</summary>
static class RuneClasses
{
    private static readonly RuneClass[] s_ascii = [.. Enumerable.Range(0, 128).Select(static code => Of(new Rune(code)))];

    /// <summary>Class and length in UTF-16 units of the code point at <paramref name="at"/>.</summary>
    public static RuneClass At(ReadOnlySpan<char> text, int at, out int units)
    {
        char unit = text[at];
        if (unit < 128)
        {
            units = 1;
            return s_ascii[unit];
        }

        Rune.DecodeFromUtf16(text[at..], out Rune rune, out units);
        return Of(rune);
    }

    private static RuneClass Of(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => RuneClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => RuneClass.Number,
        _ => Rune.IsWhiteSpace(rune) ? RuneClass.Space : RuneClass.Other,
    };
}
