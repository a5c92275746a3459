using System.Diagnostics;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Store;
using Jmlr.Llm.Generation;
using Jmlr.Query.Citations;
using Jmlr.Query.Prompting;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>Question to checked, cited answer.</summary>
/// <param name="retriever">Finds passages.</param>
/// <param name="encoder">Encoder of the index, for the evidence sentences.</param>
/// <param name="store">The store citations are checked against.</param>
/// <param name="openGenerator">Loads the generator on first need: an extractive answer does without.</param>
public sealed class Answerer(PassageRetriever retriever, ITokenEncoder encoder, IPassageStore store, Func<IGenerator> openGenerator)
{
    private readonly EvidenceRanker _ranker = new(encoder);

    /// <summary>Answers; <paramref name="observer"/> hears each sentence as soon as it is checked.</summary>
    public AnswerResult Answer(AnswerRequest request, IAnswerObserver? observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        string asked = request.Question.ToString();
        var options = new RetrievalOptions { Top = request.Top, CollapseDuplicates = true, Plan = request.Plan, Fusion = request.Fusion, Filter = request.Filter };
        RetrievalResult found = retriever.Retrieve(asked, options, cancellation);
        // Whether there is evidence is judged by the stem: wrong options would water it down.
        RetrievalResult byStem = request.Question.Options.Count == 0
            ? found
            : retriever.Retrieve(request.Question.Stem, options with { Top = OptionEvidence.Top }, cancellation);
        observer?.Retrieved(found);

        long started = Stopwatch.GetTimestamp();
        List<EvidenceSentence> evidence = _ranker.Rank(request.Question.Stem, found.Passages, retriever.LastQuery, cancellation); // the stem was encoded last
        double support = byStem.Support;
        var draft = new AnswerDraft(request.Question.Stem, new CitationChecker(store), found, evidence, observer, support, Stopwatch.GetElapsedTime(started));

        if (support < EvidenceGate.Threshold)
        {
            return draft.Finish(AnswerMode.InsufficientEvidence);
        }

        if (request.Question.Options.Count > 0)
        {
            return Choose(request, draft, byStem, cancellation);
        }

        if (!request.Extractive)
        {
            Generate(request, draft, cancellation);
            if (draft.HasStatements)
            {
                return draft.Finish(AnswerMode.Generated);
            }
        }

        draft.StateVerbatim(ExtractiveAnswer.Select(evidence));
        return draft.Finish(AnswerMode.Extractive);
    }

    private AnswerResult Choose(AnswerRequest request, AnswerDraft draft, RetrievalResult byStem, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        IGenerator generator = openGenerator();
        var scorer = new OptionScorer(generator);
        IReadOnlyDictionary<string, double> prefill = scorer.Score(request.Question, draft.Retrieval.Passages, generator.ContextLength - 1, request.Scoring, cancellation);
        draft.DroppedPassages = scorer.DroppedPassages;
        StatedChoice? stated = State(generator, request.Question, draft.Retrieval.Passages, cancellation);
        Dictionary<string, double> evidence = OptionEvidence.Measure(request.Question.Options, byStem.Passages);
        IReadOnlyDictionary<string, double> options = OptionScorer.Combine(prefill, evidence);
        string choice = options.MaxBy(pair => pair.Value).Key;
        draft.GenerationTime = Stopwatch.GetElapsedTime(started);

        // The evidence shown is for the question together with the option chosen.
        string chosen = request.Question.Options.Single(option => option.Letter == choice).Text;
        draft.StateVerbatim(ExtractiveAnswer.Select(_ranker.Rank($"{request.Question.Stem} {chosen}", draft.Retrieval.Passages, null, cancellation)));
        return draft.Finish(AnswerMode.Choice, options, choice) with { GeneratorOptions = prefill, OptionEvidence = evidence, Stated = stated };
    }

    // Unless the context is full this is the first prompt that was scored: nothing of it is computed again.
    private static StatedChoice? State(IGenerator generator, MultipleChoice question, IReadOnlyList<RetrievedPassage> passages, CancellationToken cancellation)
    {
        BuiltPrompt prompt = new PromptBuilder(generator.Tokenizer).Build(question, passages, generator.ContextLength - StatedChoice.MostTokens);
        return StatedChoice.Write(generator, prompt.Ids, [.. question.Options.Select(option => option.Letter)], prompt.Passages.Count, cancellation);
    }

    private void Generate(AnswerRequest request, AnswerDraft draft, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        IGenerator generator = openGenerator();
        BuiltPrompt prompt = new PromptBuilder(generator.Tokenizer).Build(request.Question, draft.Retrieval.Passages, generator.ContextLength - request.MaxTokens);
        draft.DroppedPassages = prompt.Dropped;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var stream = new StatementStream((text, markers) =>
        {
            draft.Offer(text, markers, prompt.Passages);
            if (draft.ShouldStop)
            {
                stop.Cancel();
            }
        });
        var options = new GenerationOptions { MaxTokens = request.MaxTokens, Temperature = request.Temperature, Seed = request.Seed, RepetitionPenalty = 1.05f };
        try
        {
            generator.Generate(prompt.Ids, options, stream.Add, stop.Token);
            stream.Complete();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // The draft has heard enough unsupported sentences.
        }

        draft.GenerationTime = Stopwatch.GetElapsedTime(started);
    }
}
