using System.Text;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// Canonical decomposition (NFD) without its non-spacing marks: what BERT keeps of an accented letter.
/// string.Normalize is no help: under InvariantGlobalization it returns every text unchanged.
/// </summary>
static partial class CanonicalBases
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Vowels = 21, Trails = 28;

    /// <summary>The parts of a rune that is not itself a non-spacing mark: usually the rune.</summary>
    public static string Of(Rune rune)
    {
        int value = rune.Value;
        if (value is >= HangulFirst and <= HangulLast)
        {
            return Hangul(value - HangulFirst);
        }

        if (value < 0x10000 && Find(Pairs, (ushort)value, 2) is int pair and >= 0)
        {
            return ((char)Pairs[pair + 1]).ToString();
        }

        if (Find(LongPairs, value, 2) is int longPair and >= 0)
        {
            return char.ConvertFromUtf32(LongPairs[longPair + 1]);
        }

        return Find(Several, value, 4) is int row and >= 0 ? Join(Several.Slice(row + 1, 3)) : rune.ToString();
    }

    /// <summary>A syllable is lead, vowel and perhaps trail (The Unicode Standard, section 3.12).</summary>
    private static string Hangul(int index)
    {
        char lead = (char)(0x1100 + (index / (Vowels * Trails)));
        char vowel = (char)(0x1161 + (index / Trails % Vowels));
        int trail = index % Trails;
        return trail == 0 ? $"{lead}{vowel}" : $"{lead}{vowel}{(char)(0x11A7 + trail)}";
    }

    private static string Join(ReadOnlySpan<int> parts)
    {
        StringBuilder text = new();
        foreach (int part in parts)
        {
            text.Append(part == 0 ? "" : char.ConvertFromUtf32(part));
        }

        return text.ToString();
    }

    /// <summary>Binary search among rows of <paramref name="width"/> whose first value is the key; -1 when absent.</summary>
    private static int Find<T>(ReadOnlySpan<T> rows, T key, int width) where T : IComparable<T>
    {
        int low = 0;
        int high = (rows.Length / width) - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = rows[middle * width].CompareTo(key);
            if (order == 0)
            {
                return middle * width;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
