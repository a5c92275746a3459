using System.Collections.Frozen;

namespace Jmlr.Query.Text;

/// <summary>Units behind numbers, in one form for each: "mg", "mL/kg", "mg per kg" as "mg/kg".</summary>
static class Units
{
    private static readonly FrozenDictionary<string, string> Forms = Read("""
        g gram grams gramme grammes
        mg milligram milligrams
        ug µg μg mcg microgram micrograms
        ng nanogram nanograms
        kg kilogram kilograms
        l litre litres liter liters
        dl decilitre decilitres deciliter deciliters
        ml millilitre millilitres milliliter milliliters cc
        iu
        unit units
        mol
        mmol millimole millimoles
        umol µmol μmol micromole micromoles
        meq
        % percent
        mmhg
        kpa
        °c
        s sec second seconds
        min minute minutes
        h hr hrs hour hours
        day days
        week weeks
        month months
        year years
        mm millimetre millimetres millimeter millimeters
        cm centimetre centimetres centimeter centimeters
        dose doses
        beat beats
        puff puffs
        tablet tablets
        """);

    private static readonly FrozenSet<string> Amounts = FrozenSet.Create(StringComparer.Ordinal, "g", "mg", "ug", "ng", "l", "dl", "ml", "iu", "unit", "mol", "mmol", "umol", "meq", "%", "puff", "tablet");

    private static readonly FrozenSet<string> Times = FrozenSet.Create(StringComparer.Ordinal, "s", "min", "h", "day", "week", "month", "year");

    /// <summary>Whether a unit, in its one form, is of a time or an age.</summary>
    internal static bool IsTime(string unit) => Times.Contains(unit);

    /// <summary>Whether a unit, in its one form, is of an amount that is given ("mg", "ml/kg"), not of a time, a length or a pressure.</summary>
    internal static bool IsAmount(string unit) => Amounts.Contains(unit.Split('/')[0]);

    /// <summary>The unit that stands at <paramref name="at"/>, after a space or none, or null when what stands there is no unit.</summary>
    internal static string? At(string text, int at)
    {
        if (First(text, at) is not (string unit, int end))
        {
            return null;
        }

        int next = end < text.Length && text[end] == '/' ? end + 1 : text.AsSpan(end).StartsWith(" per ", StringComparison.OrdinalIgnoreCase) ? end + 5 : -1;
        return next > 0 && First(text, next) is (string below, int) ? unit + "/" + below : unit;
    }

    private static (string Unit, int End)? First(string text, int at)
    {
        int start = at < text.Length && (text[at] == '-' || char.IsWhiteSpace(text[at])) ? at + 1 : at, end = start;
        while (end < text.Length && (char.IsLetter(text[end]) || text[end] is '%' or '°'))
        {
            end++;
        }

        return end > start && Forms.TryGetValue(text[start..end].ToLowerInvariant(), out string? form) ? (form, end) : null;
    }

    private static FrozenDictionary<string, string> Read(string lines)
    {
        var forms = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines.Split('\n', StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ');
            Array.ForEach(words, word => forms.Add(word, words[0]));
        }

        return forms.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
