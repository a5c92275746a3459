using System.Globalization;
using System.Text.RegularExpressions;

namespace Jmlr.Ingest.Readers.Building;

/// <summary>Dates in free text: <c>2001 Jun (revised 2008 Jul; reaffirmed 2013 Jul)</c>, <c>2023-05-01</c>, <c>26 November 2001</c>, <c>July 2013</c>.</summary>
static partial class DateText
{
    private const string Month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}";
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>The latest date that the text names (revised or reaffirmed counts), or null. A missing day or month counts as the first.</summary>
    public static DateOnly? Latest(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > 2000)
        {
            return null;
        }

        DateOnly? latest = null;
        foreach (Match match in YearFirst().Matches(text).Concat(YearLast().Matches(text)))
        {
            DateOnly? date = DateOf(match);
            latest = latest is null || date > latest ? date ?? latest : latest;
        }

        return latest;
    }

    /// <summary>Exactly yyyy-MM-dd.</summary>
    public static bool TryIso(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static DateOnly? DateOf(Match match)
    {
        int year = int.Parse(match.Groups["year"].Value, CultureInfo.InvariantCulture);
        string name = match.Groups["month"].Value;
        int month = name.Length == 0 ? 1
            : char.IsAsciiDigit(name[0]) ? int.Parse(name, CultureInfo.InvariantCulture)
            : 1 + Array.FindIndex(Months, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
        int day = match.Groups["day"] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;
        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
    }

    [GeneratedRegex(@"\b(?<year>(?:19|20)\d\d)(?:[-/.](?<month>1[0-2]|0?[1-9])(?!\d)(?:[-/.](?<day>[0-3]?\d)(?!\d))?|\s{1,3}(?:" + Month + @"-)?(?<month>" + Month + @")\b\.?(?:\s{1,3}(?<day>[0-3]?\d)(?!\d))?)?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex YearFirst();

    [GeneratedRegex(@"\b(?:(?<day>[0-3]?\d)(?:st|nd|rd|th)?\s{1,3})?(?<month>" + Month + @")\b\.?\s{1,3}(?:(?<day>[0-3]?\d)(?:st|nd|rd|th)?,?\s{1,3})?(?<year>(?:19|20)\d\d)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex YearLast();
}
