using System.Globalization;
using Jmlr.Query.Retrieval;

namespace Jmlr.Cli.Json;

/// <summary><c>search --json</c>.</summary>
sealed record SearchJson(string Query, string Plan, double Support, bool KnownWords, int AdmittedDocuments, IReadOnlyList<HitJson> Hits, SearchTimingsJson TimingsMs)
{
    internal static SearchJson From(RetrievalResult result) => new(
        result.Query, result.Plan, Math.Round(result.Support, 4), result.HasKnownWords, result.AdmittedDocuments, [.. result.Passages.Select(HitJson.From)], SearchTimingsJson.From(result));
}

/// <summary>One passage found.</summary>
sealed record HitJson(
    int Rank, double Score, double Support, string Passage, string Document, string Version, string Title, string Section, string Source, string? Url,
    string? Published, int? Page, string Kind, string? Grade, string Text, IReadOnlyList<string> NearDuplicates, IReadOnlyList<MatchJson>? Matches = null, double? Lexical = null, double? Fused = null)
{
    internal static HitJson From(RetrievedPassage hit) => new(
        hit.Rank, Math.Round(hit.Score, 4), Math.Round(hit.Support, 4), hit.Passage.Id.ToString(), hit.Document.Key.ToString(), hit.Document.Version.ToString(), hit.Passage.Title,
        string.Join(" › ", hit.Passage.HeadingPath), hit.Document.Key.Source, hit.Document.Provenance.Url,
        hit.Document.Provenance.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), hit.Passage.Page,
        JsonNames.Of(hit.Passage.Kind), hit.Passage.Grade, hit.Passage.Text, [.. hit.NearDuplicates.Select(static id => id.ToString())],
        hit.Matches is null ? null : [.. hit.Matches.Select(MatchJson.From)], Rounded(hit.Hybrid?.Lexical), Rounded(hit.Hybrid?.Fused));

    private static double? Rounded(double? value) => value is double number ? Math.Round(number, 4) : null;
}

/// <summary>One token of the query and the word that answered it; places are UTF-16 units of the query and of the passage's text (or of its heading line).</summary>
sealed record MatchJson(string? Token, int? QueryStart, int? QueryEnd, string? Word, bool InHeading, int? Start, int? End, double Similarity)
{
    internal static MatchJson From(WordMatch match) => new(
        match.Token, match.QuerySpan?.Start, match.QuerySpan?.End, match.Word, match.InHeading, match.WordSpan?.Start, match.WordSpan?.End, Math.Round(match.Similarity, 4));
}

/// <summary>Times in milliseconds.</summary>
sealed record SearchTimingsJson(double Encode, double Search, double Total)
{
    internal static SearchTimingsJson From(RetrievalResult result) => new(
        Round(result.EncodeTime), Round(result.SearchTime), Round(result.EncodeTime + result.SearchTime));

    internal static double Round(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);
}
