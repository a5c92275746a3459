using System.Globalization;
using Jmlr.Query.Answering;
using Jmlr.Query.Lexical;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Bench.Answers;

/// <summary>How well the sample questions are answered from the sample guidelines, each without its own text (leak guard), and what the support threshold lets through.</summary>
static class AnswerBench
{
    private const int StoryLength = 150; // characters

    private static readonly string[] OffTopic =
    [
        "Which cryptocurrency wallet is the safest for a beginner?", "How do I change the oil in a diesel van?", "What is the capital of Mongolia?",
        "Who won the football world cup in 1998?", "How long should pasta be boiled?", "What is the best strategy in chess openings?",
        "How do I renew my passport online?", "Which programming language is best for games?", "When was the Eiffel Tower built?", "How can I train my dog to sit?",
        "A 44-year-old driver of a 2012 diesel van hears a whining noise from the front left wheel above 60 km/h; it stops when braking. The tyres were changed 3 months ago, the van has run 182,000 km, and the last service replaced the oil, the air filter and one belt. There is no vibration in the steering wheel, and the noise grows louder in long right-hand bends. Which part is most likely worn?",
        "A 30-year-old couple plans to travel for 3 weeks in May by train from Lisbon to Warsaw with 2 children aged 4 and 7 years. They want to stay at least 2 nights in every city, see no more than 1 museum a day, and spend less than 90 euros a night. They have already booked 4 nights in Paris. Which rail pass is the most suitable for them?",
        "A 58-year-old tenant receives a letter that her rent will rise by 18 % in 2 months. The contract was signed 6 years ago, the last rise was 14 months ago, and the building was insulated last summer at a cost of 40,000 euros. The landlord has announced the sale of the house. She wants to stay for at least 5 more years. What is the best next step?",
        // medicine that the corpora do not hold
        "How is Wilson disease treated?", "What is the first-line treatment of ringworm of the scalp?", "Which antivenom is used after a viper bite?",
        "How is acute angle-closure glaucoma treated?", "What are the diagnostic criteria of Kawasaki disease?", "Which vaccine schedule is used for yellow fever?",
        "How is scabies treated in infants?", "What is the dose of radioiodine for thyroid cancer ablation?", "How is carpal tunnel syndrome operated on?", "Which laser is used for retinopathy of prematurity?",
    ];

    /// <summary>Questions that the sample corpora answer.</summary>
    internal static readonly string[] OnTopic =
    [
        "Which drug should be started first in hypertension with chronic kidney disease and albuminuria?", "What is the dose of intramuscular adrenaline in adults with anaphylaxis?",
        "How long should antibiotics be given for community-acquired pneumonia?", "What is the blood pressure target in diabetes?", "When is anticoagulation indicated in atrial fibrillation?",
        "Which inhaler is first choice in asthma?", "When should metformin be stopped in renal impairment?", "What is the first-line treatment of uncomplicated cystitis in women?",
        "What should be given in the first hour of sepsis?", "Which drugs reduce mortality in heart failure with reduced ejection fraction?", "How is severe hypothyroidism treated in older people?",
        "When is thrombolysis given in ischaemic stroke?", "How long is anticoagulation continued after a provoked deep vein thrombosis?", "Which statin dose is used after myocardial infarction?",
        "When is long-term oxygen given in COPD?", "Who should get a bisphosphonate?", "How is gestational diabetes diagnosed?", "What is the target LDL cholesterol in very high risk?",
        "How is a thyroid storm treated?", "When should a patient with chronic kidney disease be referred?",
    ];

    internal static void Run(string workspace, string model, string corpora, string[] arguments, TextWriter output)
    {
        using QuerySession session = QuerySession.Open(new Workspace(workspace), model, new SessionOptions());
        List<SampleQuestion> questions = SampleQuestion.ReadAll(corpora);
        Retrieval(session, questions, null, output);
        Retrieval(session, questions, new Fusion(), output);
        if (arguments.Contains("--support"))
        {
            Support(session, questions, output);
        }

        if (!arguments.Contains("--support"))
        {
            Quotes(session, questions, null, output);
            Quotes(session, questions, new Fusion(), output);
        }
        if (arguments.Contains("--generator"))
        {
            Choices(session, questions, null, output);
            Choices(session, questions, new Fusion(), output);
        }
    }

    private static void Retrieval(QuerySession session, List<SampleQuestion> questions, Fusion? fusion, TextWriter output)
    {
        int first = 0, five = 0;
        foreach (SampleQuestion question in questions)
        {
            RetrievalResult found = session.Retriever.Retrieve(question.Question.Stem, new RetrievalOptions { Top = 5, Fusion = fusion, Filter = new PassageFilter { ExcludeQuestion = question.Id } });
            string[] documents = [.. found.Passages.Select(hit => hit.Document.Key.ToString())];
            first += documents.FirstOrDefault() == question.Support ? 1 : 0;
            five += documents.Contains(question.Support) ? 1 : 0;
        }

        output.WriteLine(Invariant($"retrieval, {Name(fusion)}: supporting document first for {first} of {questions.Count} vignettes, among five passages for {five}"));
    }

    private static void Support(QuerySession session, List<SampleQuestion> questions, TextWriter output)
    {
        (double Support, bool Passes)[] brief = [.. OnTopic.Select(question => Measure(session, question, null))];
        (double Support, bool Passes)[] vignettes = [.. questions.Select(question => Measure(session, question.Question.Stem, question.Id))];
        (double Support, bool Passes)[] others = [.. OffTopic.Select(question => Measure(session, question, null))];
        string nearest = OffTopic[Array.IndexOf(others, others.MaxBy(other => other.Support))];
        double[] stories = [.. OffTopic.Zip(others).Where(pair => pair.First.Length > StoryLength).Select(pair => pair.Second.Support)];
        double[] asked = Sorted(brief), on = Sorted(vignettes), off = Sorted(others);
        output.WriteLine($"support of {asked.Length} short questions: lowest {Join(asked.Take(12))}");
        output.WriteLine($"support of {on.Length} vignettes: lowest {Join(on.Take(12))}; median {on[on.Length / 2]:0.00}");
        output.WriteLine($"support of {off.Length} questions the corpora do not answer: highest {Join(off.Reverse().Take(12))} ({nearest}); stories {Join(stories)}");
        output.WriteLine($"the gate lets through {Passing(brief)} short questions, {Passing(vignettes)} vignettes, {Passing(others)} of the others");
    }

    private static double[] Sorted((double Support, bool Passes)[] measured) => [.. measured.Select(one => one.Support).Order()];

    private static int Passing((double Support, bool Passes)[] measured) => measured.Count(one => one.Passes);

    /// <summary>Whether the verbatim sentences quoted for a vignette name the right option better than any wrong one.</summary>
    private static void Quotes(QuerySession session, List<SampleQuestion> questions, Fusion? fusion, TextWriter output)
    {
        int best = 0, named = 0;
        foreach (SampleQuestion question in questions)
        {
            AnswerResult result = session.Answerer.Answer(new AnswerRequest { Question = new MultipleChoice(question.Question.Stem, []), Extractive = true, Fusion = fusion, Filter = new PassageFilter { ExcludeQuestion = question.Id } }, null, CancellationToken.None);
            string quoted = string.Join(' ', result.Statements.Select(statement => statement.Text));
            double right = Overlap(question.Question.Options.Single(option => option.Letter == question.Answer).Text, quoted);
            double wrong = question.Question.Options.Where(option => option.Letter != question.Answer).Max(option => Overlap(option.Text, quoted));
            best += right > wrong ? 1 : 0;
            named += right >= 0.5 ? 1 : 0;
        }

        output.WriteLine($"quotes, {Name(fusion)}: at least half of the right option's words for {named} of {questions.Count} vignettes, more than of any wrong option for {best}");
    }

    private static double Overlap(string option, string text) => EvidenceRanker.Overlap(EvidenceRanker.ContentForms(option), text);

    /// <summary>Score of the best passage by query token, and whether the gate lets the question through.</summary>
    private static (double Support, bool Passes) Measure(QuerySession session, string question, string? id)
    {
        RetrievalResult found = session.Retriever.Retrieve(question, new RetrievalOptions { Top = 1, Filter = new PassageFilter { ExcludeQuestion = id } });
        return (found.Passages[0].Similarity, found.Support >= EvidenceGate.Threshold);
    }

    /// <summary>Accuracy and log loss by the weight of the evidence: 0 is the generator alone, a large weight the evidence alone.</summary>
    private static void Choices(QuerySession session, List<SampleQuestion> questions, Fusion? fusion, TextWriter output)
    {
        double[] weights = [0, 3, 6, 9, 12, 16, 24, 1000];
        int[] right = new int[weights.Length];
        double[] loss = new double[weights.Length];
        int answered = 0;
        foreach (SampleQuestion question in questions)
        {
            AnswerResult result = session.Answerer.Answer(new AnswerRequest { Question = question.Question, Fusion = fusion, Filter = new PassageFilter { ExcludeQuestion = question.Id } }, null, CancellationToken.None);
            if (result.Choice is null)
            {
                continue;
            }

            answered++;
            for (int i = 0; i < weights.Length; i++)
            {
                Dictionary<string, double> options = OptionScorer.Combine(result.GeneratorOptions, result.OptionEvidence, weights[i]);
                right[i] += options.MaxBy(pair => pair.Value).Key == question.Answer ? 1 : 0;
                loss[i] -= Math.Log(Math.Max(options[question.Answer], 1e-9));
            }
        }

        for (int i = 0; i < weights.Length; i++)
        {
            output.WriteLine(Invariant($"choices, {Name(fusion)}, evidence weight {weights[i]}: {right[i]} of {answered} right ({questions.Count} asked), mean log loss {loss[i] / Math.Max(1, answered):0.000}"));
        }
    }

    private static string Name(Fusion? fusion) => fusion is null ? "late interaction" : "hybrid";

    private static string Join(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("0.00", CultureInfo.InvariantCulture)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
