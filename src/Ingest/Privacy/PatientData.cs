using System.Text;
using System.Text.RegularExpressions;
using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Privacy;

/// <summary>
/// Counts what looks like data that identifies a patient. Guidelines are full of telephone numbers, addresses and talk of records, so a find needs a label with a value behind it, or
/// a number of a form and check digit that little else has; telephone numbers and e-mail addresses count only beside such a find.
/// </summary>
static partial class PatientData
{
    private const int Kinds = (int)PatientDataKind.Email + 1;
    private const int Before = 24;
    private const RegexOptions Words = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    private const string Gap = @"[\s:#=|._-]{0,6}(?:is\s{1,3}|was\s{1,3})?";
    private const string Month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}";
    private const string Date = @"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d|(?:19|20)\d\d[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}(?:st|nd|rd|th)?\s{1,2}" + Month + @",?\s{1,2}(?:19|20)\d\d|" + Month + @"\s{1,2}\d{1,2},?\s{1,2}(?:19|20)\d\d)\b";

    private static readonly (PatientDataKind Kind, Regex Pattern, Func<string, Range, bool> IsOne)[] Labelled =
    [
        (PatientDataKind.MedicalRecordNumber, RecordNumber(), static (_, _) => true),
        (PatientDataKind.DateOfBirth, BirthDate(), static (_, _) => true),
        (PatientDataKind.PatientName, Name(), static (_, _) => true),
        (PatientDataKind.NhsNumber, Nhs(), static (text, match) => CheckDigits.IsNhs(text[match])),
        (PatientDataKind.SocialSecurityNumber, SocialSecurity(), IsSocialSecurity),
        (PatientDataKind.NationalNumber, Sin(), static (text, match) => CheckDigits.IsSin(text[match])),
        (PatientDataKind.NationalNumber, Chi(), static (text, match) => CheckDigits.IsNhs(text[match])),
        (PatientDataKind.NationalNumber, Nir(), static (text, match) => CheckDigits.IsNir(text[match])),
        (PatientDataKind.NationalNumber, Medicare(), static (_, _) => true),
    ];

    /// <summary>Finds by kind, or null when there are none.</summary>
    public static int[]? Count(Document document)
    {
        string text = Printed(document);
        int[]? counts = null;
        List<Range> places = [];
        foreach ((PatientDataKind kind, Regex pattern, Func<string, Range, bool> isOne) in Labelled)
        {
            Add(ref counts, kind, Count(pattern, text, isOne, places));
        }

        if (counts is not null)
        {
            // A national number can look like a telephone number.
            Range[] known = [.. places];
            bool IsNew(string all, Range match) => !Array.Exists(known, one => match.Start.Value < one.End.Value && one.Start.Value < match.End.Value);
            Add(ref counts, PatientDataKind.Phone, Count(Phone(), text, IsNew, places));
            Add(ref counts, PatientDataKind.Email, Count(Email(), text, IsNew, places));
        }

        return counts;
    }

    /// <summary>The counts as a warning about a file.</summary>
    public static PatientDataWarning Warning(string file, int[] counts) =>
        new(file, Enumerable.Range(0, Kinds).Where(kind => counts[kind] > 0).ToDictionary(static kind => (PatientDataKind)kind, kind => counts[kind]));

    /// <summary>Adds the finds of another document of the same file.</summary>
    public static void Add(int[] to, int[] more)
    {
        for (int kind = 0; kind < Kinds; kind++)
        {
            to[kind] += more[kind];
        }
    }

    /// <summary>The text; rows of tables with their headers, which are the labels.</summary>
    private static string Printed(Document document)
    {
        if (!document.Sections.Any(static section => section.Blocks.Any(static block => block.RowText is not null)))
        {
            return document.Text;
        }

        StringBuilder text = new(document.Text.Length * 2);
        foreach (Block block in document.Sections.SelectMany(static section => section.Blocks))
        {
            ReadOnlySpan<char> printed = block.RowText is string row ? row : document.Text.AsSpan(block.Span.Start, block.Span.Length);
            text.Append(printed).Append('\n');
        }

        return text.ToString();
    }

    private static void Add(ref int[]? counts, PatientDataKind kind, int found)
    {
        if (found > 0)
        {
            (counts ??= new int[Kinds])[(int)kind] += found;
        }
    }

    private static int Count(Regex pattern, string text, Func<string, Range, bool> isOne, List<Range> places)
    {
        int before = places.Count;
        foreach (ValueMatch match in pattern.EnumerateMatches(text))
        {
            Range place = match.Index..(match.Index + match.Length);
            if (isOne(text, place))
            {
                places.Add(place);
            }
        }

        return places.Count - before;
    }

    /// <summary>A number that was given out, and none of a contract or grant, which have the same form.</summary>
    private static bool IsSocialSecurity(string text, Range match)
    {
        ReadOnlySpan<char> number = text.AsSpan()[match];
        ReadOnlySpan<char> before = text.AsSpan(Math.Max(0, match.Start.Value - Before), Math.Min(Before, match.Start.Value));
        return number[..3] is not ("000" or "666") && number[0] != '9' && number[4..6] is not "00" && number[7..] is not "0000" && !Contract().IsMatch(before);
    }

    [GeneratedRegex(@"\b(?:MRN|medical[\s_]record[\s_](?:number|no|num|id)|hospital[\s_](?:number|no|id)|patient[\s_](?:number|no|id|identifier)|chart[\s_](?:number|no))\b" + Gap + @"[A-Z]{0,4}[-/]?\d{5,12}\b", Words)]
    private static partial Regex RecordNumber();

    [GeneratedRegex(@"\b(?:D\.?O\.?B|date[\s_]of[\s_]birth|birth[\s_]?date)\b" + Gap + Date, Words)]
    private static partial Regex BirthDate();

    [GeneratedRegex(@"\b(?i:patient(?:'s|’s)?[\s_](?:full[\s_])?name|name[\s_]of[\s_](?:the[\s_])?patient)\s{0,3}[:=|]\s{0,3}(?:(?:Mr|Mrs|Ms|Dr)\.?\s)?\p{Lu}[\p{L}'’-]{1,40},?\s\p{Lu}[\p{L}'’-]{0,40}", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\bNHS(?:[\s_](?:number|no|num|id))?\b" + Gap + @"\d{3}[\s-]?\d{3}[\s-]?\d{4}\b", Words)]
    private static partial Regex Nhs();

    [GeneratedRegex(@"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])", RegexOptions.CultureInvariant)]
    private static partial Regex SocialSecurity();

    [GeneratedRegex("contract|grant|award|order|catalog|publication", Words)]
    private static partial Regex Contract();

    [GeneratedRegex(@"\b(?:SIN|social[\s_]insurance(?:[\s_](?:number|no))?)\b" + Gap + @"\d{3}[\s-]?\d{3}[\s-]?\d{3}\b", Words)]
    private static partial Regex Sin();

    [GeneratedRegex(@"\bCHI(?:[\s_](?:number|no))?\b" + Gap + @"\d{6}\s?\d{4}\b", Words)]
    private static partial Regex Chi();

    [GeneratedRegex(@"(?<![\d.,-])[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?\d\d\s?\d{3}\s?\d{3}\s?\d\d(?![\d.,-])", RegexOptions.CultureInvariant)]
    private static partial Regex Nir();

    [GeneratedRegex(@"\b(?:MBI|medicare[\s_](?:number|no|id|beneficiary[\s_]identifier))\b" + Gap + @"[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d\b", Words)]
    private static partial Regex Medicare();

    [GeneratedRegex(@"(?<![\d.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,5}\)[\s.-]?|\d{2,5}[\s.-])\d{3,4}[\s.-]\d{3,4}(?![\d.])", RegexOptions.CultureInvariant)]
    private static partial Regex Phone();

    [GeneratedRegex(@"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", RegexOptions.CultureInvariant)]
    private static partial Regex Email();
}
