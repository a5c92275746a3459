using Jmlr.Query.Answering;
using Jmlr.Query.Citations;

namespace Jmlr.Cli.Json;

/// <summary><c>ask --json</c>.</summary>
sealed record AskJson(
    string Question, string Answer, string Mode, bool Abstained, double Support, IReadOnlyList<CitationJson> Citations,
    IReadOnlyDictionary<string, double> Options, IReadOnlyDictionary<string, double> OptionsGenerator, IReadOnlyDictionary<string, double> OptionsEvidence,
    string? Choice, StatedJson? Stated, IReadOnlyList<HitJson> Found, int Refused, int DroppedPassages, AskTimingsJson TimingsMs, RunJson Run);

/// <summary>What the generator wrote itself: an option and ranks of passages.</summary>
sealed record StatedJson(string Choice, IReadOnlyList<int> Cites)
{
    internal static StatedJson? From(StatedChoice? stated) => stated is null ? null : new(stated.Choice, stated.Cites);
}

/// <summary>One checked citation.</summary>
sealed record CitationJson(int Marker, string Passage, string Title, string Section, string? Url, string? Published, int? Page, string? Grade, string Quote, bool Verified)
{
    internal static CitationJson From(Citation citation) => new(
        citation.Marker, citation.Passage, citation.Title, citation.Section, citation.Url, citation.Published, citation.Page, citation.Grade, citation.Quote, citation.Verified);
}

/// <summary>Times in milliseconds.</summary>
sealed record AskTimingsJson(double Encode, double Search, double Evidence, double Generate, double Total)
{
    internal static AskTimingsJson From(AnswerResult result) => new(
        SearchTimingsJson.Round(result.Retrieval.EncodeTime), SearchTimingsJson.Round(result.Retrieval.SearchTime),
        SearchTimingsJson.Round(result.EvidenceTime), SearchTimingsJson.Round(result.GenerationTime),
        SearchTimingsJson.Round(result.Retrieval.EncodeTime + result.Retrieval.SearchTime + result.EvidenceTime + result.GenerationTime));
}

/// <summary>What the answer was made with: the same values give the same answer.</summary>
sealed record RunJson(string Index, string Retriever, string? Generator, string Prompt, ulong Seed);
