using System.Globalization;
using System.Text;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// What BERT's normaliser makes of each code point: dropped, space, a word of its own, or a lower-case letter without accents.
/// Pages of 256 code points are worked out when first met, so start-up costs nothing and every text runs on table look-ups.
/// Source: BertNormalizer and BertPreTokenizer of Hugging Face tokenizers.
/// </summary>
sealed class BertCharacters
{
    /// <summary>Fate of a code point, in the top bits of an entry; the low 21 bits hold the mapped code point.</summary>
    public const uint Drop = 0, Space = 1u << 24, Alone = 2u << 24, Letter = 3u << 24, Many = 4u << 24;

    /// <summary>Masks of the two halves of an entry.</summary>
    public const uint KindMask = 0xFF000000, ValueMask = 0x001FFFFF;

    private sealed record Page(uint[] Entries, string[] Expansions);

    private static readonly BertCharacters?[] Shared = new BertCharacters?[8];

    private readonly Page?[] _pages = new Page?[0x110000 >> 8];
    private readonly bool _lower;
    private readonly bool _strip;
    private readonly bool _chinese;

    private BertCharacters(bool lower, bool strip, bool chinese)
    {
        (_lower, _strip, _chinese) = (lower, strip, chinese);
        Ascii = PageOf(0).Entries;
    }

    /// <summary>Entries of U+0000..U+00FF.</summary>
    public uint[] Ascii { get; }

    /// <summary>The table of a configuration, shared by all tokenizers with it.</summary>
    public static BertCharacters For(bool lower, bool strip, bool chinese)
    {
        ref BertCharacters? slot = ref Shared[(lower ? 1 : 0) | (strip ? 2 : 0) | (chinese ? 4 : 0)];
        return Volatile.Read(ref slot) ?? (slot = new BertCharacters(lower, strip, chinese));
    }

    /// <summary>Entry of a code point.</summary>
    public uint this[int rune] => PageOf(rune >> 8).Entries[rune & 255];

    /// <summary>The runes a code point of kind <see cref="Many"/> becomes (Hangul jamo, split vowel signs).</summary>
    public string Expansion(int rune, uint entry) => PageOf(rune >> 8).Expansions[entry & ValueMask];

    /// <summary>Entry of a rune that is already normalised: alone or a letter.</summary>
    public static uint Classify(int rune) => (IsPunctuation(rune) ? Alone : Letter) | (uint)rune;

    private Page PageOf(int index) => Volatile.Read(ref _pages[index]) ?? Build(index);

    private Page Build(int index)
    {
        uint[] entries = new uint[256];
        List<string> expansions = [];
        for (int i = 0; i < 256; i++)
        {
            entries[i] = Entry((index << 8) | i, expansions);
        }

        Page page = new(entries, [.. expansions]);
        Volatile.Write(ref _pages[index], page);
        return page;
    }

    private uint Entry(int rune, List<string> expansions)
    {
        if (!Rune.IsValid(rune) || rune is 0 or 0xFFFD)
        {
            return Drop;
        }

        Rune value = new(rune);
        if (rune is '\t' or '\n' or '\r')
        {
            return Space;
        }

        if (Rune.GetUnicodeCategory(value) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse)
        {
            return Drop;
        }

        if (Rune.IsWhiteSpace(value))
        {
            return Space;
        }

        string mapped = Map(value);
        if (mapped.Length == 0)
        {
            return Drop;
        }

        Rune.DecodeFromUtf16(mapped, out Rune first, out int used);
        if (used < mapped.Length)
        {
            expansions.Add(mapped);
            return Many | (uint)(expansions.Count - 1);
        }

        return _chinese && IsChinese(rune) ? Alone | (uint)first.Value : Classify(first.Value);
    }

    private string Map(Rune value)
    {
        string parts = _strip ? CanonicalBases.Of(value) : value.ToString();
        StringBuilder kept = new();
        foreach (Rune part in parts.EnumerateRunes())
        {
            if (!_strip || Rune.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark)
            {
                AppendLower(kept, part);
            }
        }

        return kept.ToString();
    }

    private void AppendLower(StringBuilder to, Rune part)
    {
        if (!_lower)
        {
            to.Append(part);
        }
        else if (part.Value == 0x130)
        {
            to.Append("i\u0307"); // the one code point whose full lower case is longer
        }
        else
        {
            to.Append(Rune.ToLowerInvariant(part));
        }
    }

    private static bool IsPunctuation(int rune) =>
        rune < 128 ? char.IsPunctuation((char)rune) || char.IsSymbol((char)rune) : Rune.IsPunctuation(new Rune(rune));

    private static bool IsChinese(int rune) =>
        rune is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
