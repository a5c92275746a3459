using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Errors;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Commands;

/// <summary>Which passages may be found: options of <c>search</c> and <c>ask</c>.</summary>
static class FilterOptions
{
    private static readonly Option<string[]> Sources = new("--source") { Description = "Only documents of this source (may be repeated, as all that follow)", HelpName = "NAME" };
    private static readonly Option<string[]> Publishers = new("--publisher") { Description = "Only of publishers whose name holds this", HelpName = "TEXT" };
    private static readonly Option<string[]> Jurisdictions = new("--jurisdiction") { Description = "Only documents in force there", HelpName = "NAME" };
    private static readonly Option<string[]> Licences = new("--licence") { Description = "Only documents whose licence statement holds this", HelpName = "TEXT" };
    private static readonly Option<string[]> Languages = new("--language") { Description = "Only this language: en, de, en-GB, ...", HelpName = "TAG" };
    private static readonly Option<string[]> Kinds = new("--kind") { Description = "Only narrative, recommendation, table, question or reasoning (default: all but question)", HelpName = "KIND" };
    private static readonly Option<string[]> Grades = new("--grade") { Description = "Only recommendations of this grade: A, 1B, Strong, ...", HelpName = "GRADE" };
    private static readonly Option<string?> From = new("--from") { Description = "Published on this day or later: 2020, 2020-05 or 2020-05-31", HelpName = "DATE" };
    private static readonly Option<string?> To = new("--to") { Description = "Published on this day or before", HelpName = "DATE" };
    private static readonly Option<string?> AsOf = new("--as-of") { Description = "Only versions that were in force on this day", HelpName = "DATE" };
    private static readonly Option<bool> Superseded = new("--include-superseded") { Description = "Superseded and withdrawn versions as well" };
    private static readonly Option<string?> Exclude = new("--exclude-question") { Description = "Leave out the stored question of this id and its reasoning (leak guard)", HelpName = "ID" };

    private static readonly Option[] All = [Sources, Publishers, Jurisdictions, Licences, Languages, Kinds, Grades, From, To, AsOf, Superseded, Exclude];

    /// <summary>Adds the options to a command.</summary>
    internal static Command WithFilters(this Command command)
    {
        Array.ForEach(All, command.Options.Add);
        return command;
    }

    internal static PassageFilter Read(ParseResult parsed)
    {
        DateOnly? from = First(parsed, From), to = Last(parsed, To);
        if (from > to)
        {
            throw new JmlrUsageException(string.Create(CultureInfo.InvariantCulture, $"--from {from:yyyy-MM-dd} is after --to {to:yyyy-MM-dd}: nothing can be found"));
        }

        return new PassageFilter
        {
            Sources = Values(parsed, Sources),
            Publishers = Values(parsed, Publishers),
            Jurisdictions = Values(parsed, Jurisdictions),
            Licences = Values(parsed, Licences),
            Languages = Values(parsed, Languages),
            Kinds = [.. Values(parsed, Kinds).Select(KindOf)],
            Grades = Values(parsed, Grades),
            PublishedFrom = from,
            PublishedTo = to,
            AsOf = Last(parsed, AsOf),
            IncludeSuperseded = parsed.GetValue(Superseded),
            ExcludeQuestion = parsed.GetValue(Exclude),
        };
    }

    private static string[] Values(ParseResult parsed, Option<string[]> option)
    {
        string[] values = parsed.GetValue(option) ?? [];
        return values.Any(string.IsNullOrWhiteSpace) ? throw new JmlrUsageException($"{option.Name} is empty: give it a value") : values;
    }

    private static ContentKind KindOf(string name)
    {
        foreach (ContentKind kind in Enum.GetValues<ContentKind>())
        {
            if (JsonNames.Of(kind).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        throw new JmlrUsageException($"--kind {name}: allowed are {string.Join(", ", Enum.GetValues<ContentKind>().Select(kind => JsonNames.Of(kind)))}");
    }

    private static DateOnly? First(ParseResult parsed, Option<string?> option) => Days(parsed, option)?.First;

    private static DateOnly? Last(ParseResult parsed, Option<string?> option) => Days(parsed, option)?.Last;

    /// <summary>The day, or the days of the month or year, that an option names.</summary>
    private static (DateOnly First, DateOnly Last)? Days(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not string text)
        {
            return null;
        }

        if (Exact(text, "yyyy-MM-dd") is DateOnly day)
        {
            return (day, day);
        }

        if (Exact(text, "yyyy-MM") is DateOnly month)
        {
            return (month, new DateOnly(month.Year, month.Month, DateTime.DaysInMonth(month.Year, month.Month)));
        }

        return Exact(text, "yyyy") is DateOnly year
            ? (year, new DateOnly(year.Year, 12, 31))
            : throw new JmlrUsageException($"{option.Name} {text}: not a day of the calendar; write 2020-05-31, 2020-05 or 2020");
    }

    private static DateOnly? Exact(string text, string form) => DateOnly.TryParseExact(text, form, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : null;
}
