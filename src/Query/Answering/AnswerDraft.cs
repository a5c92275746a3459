using Jmlr.Ingest.Documents;
using Jmlr.Query.Citations;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Support;

namespace Jmlr.Query.Answering;

/// <summary>An answer in the making: takes sentences, keeps only the supported ones, numbers their citations.</summary>
sealed class AnswerDraft(
    string question, CitationChecker checker, RetrievalResult retrieval, IReadOnlyList<EvidenceSentence> evidence, IAnswerObserver? observer, double support, TimeSpan evidenceTime)
{
    // After so many sentences in a row without support the generator is inventing: stop it.
    private const int Patience = 3;
    private const int MaximumStatements = 4;

    // A sentence may be true and beside the point: its evidence must score near the best sentence for the question.
    private const double RelativeScore = 0.8;

    // A sentence that only gives the question back says nothing: it must bring so many content words of its own from its evidence.
    private const int MinimumNews = 2;

    private readonly HashSet<string> _asked = EvidenceRanker.ContentForms(question);
    private readonly List<AnswerStatement> _statements = [];
    private readonly List<Citation> _citations = [];
    private readonly List<RefusedStatement> _refused = [];
    private int _unsupportedInARow;

    internal RetrievalResult Retrieval => retrieval;

    internal bool HasStatements => _statements.Count > 0;

    internal bool ShouldStop => _unsupportedInARow >= Patience || _statements.Count >= MaximumStatements;

    internal TimeSpan GenerationTime { get; set; }

    internal int DroppedPassages { get; set; }

    /// <summary>Offers a generated sentence; it becomes part of the answer only when a passage supports it.</summary>
    internal void Offer(string text, IReadOnlyList<int> markers, IReadOnlyList<RetrievedPassage> passages)
    {
        if (_statements.Exists(statement => statement.Text.Equals(text, StringComparison.OrdinalIgnoreCase)))
        {
            _unsupportedInARow++;
            return;
        }

        // The passages it names are asked first, then the others: a wrong number is corrected, a right claim is kept.
        string? reason = null;
        foreach (RetrievedPassage hit in passages.OrderByDescending(hit => markers.Contains(hit.Rank)).ThenBy(hit => hit.Rank))
        {
            SupportVerdict verdict = SupportChecker.Check(text, hit.Passage);
            if (verdict.Supported && !SaysSomething(text, hit, verdict.Evidence))
            {
                reason ??= "it only repeats the question";
            }
            else if (verdict.Supported && Relevant(hit, verdict.Evidence))
            {
                Citation citation = checker.Cite(_citations.Count + 1, hit, verdict.Evidence);
                if (citation.Verified)
                {
                    State(text, citation);
                    _unsupportedInARow = 0;
                    return;
                }
            }

            reason ??= verdict.Reason ?? "true of the passage, but beside the question";
        }

        _refused.Add(new RefusedStatement(text, reason ?? "no passage"));
        _unsupportedInARow++;
    }

    /// <summary>Adds verbatim sentences.</summary>
    internal void StateVerbatim(IEnumerable<EvidenceSentence> sentences)
    {
        foreach (EvidenceSentence sentence in sentences)
        {
            Citation citation = checker.Cite(_citations.Count + 1, sentence.Hit, sentence.Span);
            if (citation.Verified)
            {
                State(citation.Quote, citation);
            }
        }
    }

    internal AnswerResult Finish(AnswerMode mode, IReadOnlyDictionary<string, double>? options = null, string? choice = null) => new()
    {
        Mode = mode,
        Statements = _statements,
        Support = support,
        Citations = _citations,
        Options = options ?? new Dictionary<string, double>(),
        Choice = choice,
        Retrieval = retrieval,
        Refused = _refused,
        GenerationTime = GenerationTime,
        DroppedPassages = DroppedPassages,
        EvidenceTime = evidenceTime,
    };

    private void State(string text, Citation citation)
    {
        Citation? known = _citations.Find(earlier => earlier.Passage == citation.Passage && earlier.Quote == citation.Quote);
        if (known is null)
        {
            _citations.Add(citation);
        }

        var statement = new AnswerStatement(text, [(known ?? citation).Marker]);
        _statements.Add(statement);
        observer?.Stated(statement, known is null ? [citation] : []);
    }

    private bool SaysSomething(string text, RetrievedPassage hit, CharSpan span)
    {
        HashSet<string> evidenced = EvidenceRanker.ContentForms(hit.Passage.Text[span.Start..span.End]);
        return EvidenceRanker.ContentForms(text).Count(form => evidenced.Contains(form) && !_asked.Contains(form)) >= MinimumNews;
    }

    private bool Relevant(RetrievedPassage hit, CharSpan span) =>
        evidence.Any(sentence => sentence.Hit.Passage.Id == hit.Passage.Id && sentence.Span.Start < span.End && span.Start < sentence.Span.End
            && sentence.Score >= RelativeScore * evidence[0].Score);
}
