using System.Globalization;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Cli.Json;

/// <summary><c>show --json</c>.</summary>
sealed record DocumentJson(
    string Document, string Version, string State, string Title, string Source, string? Publisher, string? Url, string? Jurisdiction, string? Licence,
    string? Published, string? Supersedes, IReadOnlyList<string> SupersededBy, double? Years, string? File, string? FileHash, string? Format, string Language, string? EvidenceGrade, string? QuestionId, IReadOnlyList<PassageJson> Passages)
{
    internal static DocumentJson From(DocumentRecord record, IReadOnlyList<DocumentKey> successors, IReadOnlyList<Passage> passages, IReadOnlyList<IReadOnlyList<PassageId>> near) => new(
        record.Key.ToString(), record.Version.ToString(), JsonNames.Of(record.State), record.Title, record.Key.Source, record.Provenance.Publisher,
        record.Provenance.Url, record.Provenance.Jurisdiction, record.Provenance.Licence,
        record.Provenance.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), record.Provenance.Supersedes?.ToString(), [.. successors.Select(static key => key.ToString())], SourceSummary.Age(record), record.Provenance.File,
        record.Provenance.FileHash, record.Provenance.Format, record.Provenance.Language, record.Provenance.EvidenceGrade, record.QuestionId, [.. passages.Zip(near, PassageJson.From)]);
}

/// <summary>A passage of a shown document.</summary>
sealed record PassageJson(string Passage, string Section, string Kind, string? Grade, int? Page, int Start, int End, string Text, IReadOnlyList<string> NearDuplicates)
{
    internal static PassageJson From(Passage passage, IReadOnlyList<PassageId> near) => new(
        passage.Id.ToString(), string.Join(" › ", passage.HeadingPath), JsonNames.Of(passage.Kind), passage.Grade, passage.Page, passage.Span.Start, passage.Span.End, passage.Text, [.. near.Select(static id => id.ToString())]);
}
