using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr show</c>: a stored document or passage with its provenance.</summary>
static class ShowCommand
{
    private const int ShownDuplicates = 5;

    private static readonly Argument<string> Id = new("id") { Description = "source:name, source:name@version, or a passage id source:name@version#ordinal" };

    private static readonly Option<string?> Version = new("--version") { Description = "Another version than the one in force: its date, its hash, or the beginning of either", HelpName = "VERSION" };
    private static readonly Option<string?> AsOf = new("--as-of") { Description = "The version that was in force on a date", HelpName = "YYYY-MM-DD" };

    internal static Command Create() => new Command("show", "Show a stored document or passage")
    {
        Id, Version, AsOf,
    }
    .WithExamples("jmlr show samples:asthma-acute", "jmlr show samples:asthma-acute --version 2019", "jmlr show samples:asthma-acute --as-of 2020-01-01", "jmlr show \"samples:asthma-acute@2022-03-01.1a2b3c4d5e6f#2\"")
    .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        string text = parsed.GetValue(Id)!;
        using IPassageStore store = Stores.OpenForReading(CommonOptions.Workspace(parsed));
        DocumentRecord record = Find(store, text, parsed.GetValue(Version), parsed.GetValue(AsOf));
        IReadOnlyList<Passage> passages = store.ReadPassages(record);
        if (PassageId.TryParse(text, out PassageId id))
        {
            passages = [.. passages.Where(passage => passage.Id == id)];
            if (passages.Count == 0)
            {
                throw new JmlrUsageException($"'{text}': the document has passages 0 to {record.PassageCount - 1}");
            }
        }

        if (output.Json)
        {
            JsonOutput.Write(DocumentJson.From(record, StoredVersions.SupersededBy(store, record.Key), passages, store.NearDuplicates(passages)));
        }
        else
        {
            Print(store, record, passages, output);
        }

        return ExitCode.Done;
    }

    private static DocumentRecord Find(IPassageStore store, string text, string? version, string? asOf)
    {
        if (version is not null || asOf is not null)
        {
            if (text.Contains('@', StringComparison.Ordinal) || (version is not null && asOf is not null))
            {
                throw new JmlrUsageException($"'{text}' with --version or --as-of: give the version once");
            }

            DocumentKey wantedKey = DocumentKey.Parse(text);
            return version is not null ? StoredVersions.Named(store, wantedKey, version)
                : DateOnly.TryParseExact(asOf, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? StoredVersions.AsOf(store, wantedKey, date)
                : throw new JmlrUsageException($"--as-of {asOf}: expected yyyy-mm-dd");
        }

        string key = text, stated = "";
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            key = text[..at];
            int hash = text.LastIndexOf('#');
            stated = text[(at + 1)..(hash > at ? hash : text.Length)];
        }

        DocumentVersion? wanted = stated.Length == 0 ? null
            : DocumentVersion.TryParse(stated, out DocumentVersion parsed) ? parsed
            : throw new JmlrUsageException($"'{stated}' is no version: expected yyyy-mm-dd.hash or undated.hash");
        DocumentKey named = DocumentKey.Parse(key);
        return (wanted is null ? StoredVersions.Latest(store, named) : store.Find(named, wanted)) ?? throw new JmlrUsageException($"no document '{text}' in this workspace: 'jmlr sources' lists what there is");
    }

    private static void Print(IPassageStore store, DocumentRecord record, IReadOnlyList<Passage> passages, TerminalOutput output)
    {
        output.Heading(record.Title);
        Field(output, "id", $"{record.Key}@{record.Version}");
        Field(output, "state", JsonNames.Of(record.State));
        Field(output, "publisher", record.Provenance.Publisher);
        Field(output, "published", record.Provenance.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Field(output, "age", SourceSummary.Age(record) is double years ? string.Create(CultureInfo.InvariantCulture, $"{years:0.0} years") : null);
        Field(output, "url", record.Provenance.Url);
        Field(output, "area", record.Provenance.Jurisdiction);
        Field(output, "licence", record.Provenance.Licence);
        Field(output, "grades", record.Provenance.EvidenceGrade);
        Field(output, "language", record.Provenance.Language);
        Field(output, "supersedes", record.Provenance.Supersedes?.ToString());
        foreach (DocumentKey successor in StoredVersions.SupersededBy(store, record.Key))
        {
            Field(output, "replaced by", successor.ToString());
        }

        Field(output, "question", record.QuestionId);
        Field(output, "file", record.Provenance.File);
        Field(output, "format", record.Provenance.Format);
        Field(output, "read", record.Provenance.Retrieved?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture));
        foreach (DocumentRecord other in store.Documents.Where(other => other.Key == record.Key && other.Version != record.Version))
        {
            Field(output, JsonNames.Of(other.State), other.Version.ToString());
        }

        foreach ((Passage passage, IReadOnlyList<PassageId> near) in passages.Zip(store.NearDuplicates(passages)))
        {
            output.Line();
            string grade = passage.Grade is null ? "" : $", grade {passage.Grade}";
            string page = passage.Page is int number ? $", page {number.ToString(CultureInfo.InvariantCulture)}" : "";
            output.Faint($"#{passage.Id.Ordinal} {string.Join(" › ", passage.HeadingPath)} ({JsonNames.Of(passage.Kind)}{grade}{page})");
            output.Line(TerminalText.Wrap(passage.Text, output.Width, ""));
            if (near.Count > 0)
            {
                output.Faint($"near-duplicates: {string.Join(", ", near.Take(ShownDuplicates))}{(near.Count > ShownDuplicates ? string.Create(CultureInfo.InvariantCulture, $" and {near.Count - ShownDuplicates:N0} more: --json lists all") : "")}");
            }
        }
    }

    private static void Field(TerminalOutput output, string name, string? value)
    {
        if (value is not null)
        {
            output.Line($"  {name,-12}{TerminalText.OneLine(value, 500)}");
        }
    }
}
