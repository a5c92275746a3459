using System.Globalization;
using Jmlr.Query.Answering;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Bench.Answers;

/// <summary>How well the sample questions are answered from the sample guidelines, each without its own text (leak guard), and what the support threshold lets through.</summary>
static class AnswerBench
{
    private static readonly string[] OffTopic =
    [
        "Which cryptocurrency wallet is the safest for a beginner?", "How do I change the oil in a diesel van?", "What is the capital of Mongolia?",
        "Who won the football world cup in 1998?", "How long should pasta be boiled?", "What is the best strategy in chess openings?",
        "How do I renew my passport online?", "Which programming language is best for games?", "When was the Eiffel Tower built?", "How can I train my dog to sit?",
        // medicine that the corpora do not hold
        "How is Wilson disease treated?", "What is the first-line treatment of ringworm of the scalp?", "Which antivenom is used after a viper bite?",
        "How is acute angle-closure glaucoma treated?", "What are the diagnostic criteria of Kawasaki disease?", "Which vaccine schedule is used for yellow fever?",
        "How is scabies treated in infants?", "What is the dose of radioiodine for thyroid cancer ablation?", "How is carpal tunnel syndrome operated on?", "Which laser is used for retinopathy of prematurity?",
    ];

    internal static void Run(string workspace, string model, string corpora, bool generator, TextWriter output)
    {
        using QuerySession session = QuerySession.Open(new Workspace(workspace), model, new SessionOptions());
        List<SampleQuestion> questions = SampleQuestion.ReadAll(corpora);
        Retrieval(session, questions, output);
        Support(session, questions, output);
        if (generator)
        {
            Choices(session, questions, output);
        }
    }

    private static void Retrieval(QuerySession session, List<SampleQuestion> questions, TextWriter output)
    {
        int first = 0, five = 0;
        foreach (SampleQuestion question in questions)
        {
            RetrievalResult found = session.Retriever.Retrieve(question.Question.Stem, new RetrievalOptions { Top = 5, ExcludeQuestion = question.Id });
            string[] documents = [.. found.Passages.Select(hit => hit.Document.Key.ToString())];
            first += documents.FirstOrDefault() == question.Support ? 1 : 0;
            five += documents.Contains(question.Support) ? 1 : 0;
        }

        output.WriteLine(Invariant($"retrieval: supporting document first for {first} of {questions.Count} vignettes, among five passages for {five}"));
    }

    private static void Support(QuerySession session, List<SampleQuestion> questions, TextWriter output)
    {
        double[] on = [.. questions.Select(question => Measure(session, question.Question.Stem, question.Id))], off = [.. OffTopic.Select(question => Measure(session, question, null))];
        Array.Sort(on);
        Array.Sort(off);
        output.WriteLine($"support of {on.Length} vignettes: lowest {Join(on.Take(12))}; median {on[on.Length / 2]:0.00}");
        output.WriteLine($"support of {off.Length} questions the corpora do not answer: highest {Join(off.Reverse().Take(12))}");
    }

    private static double Measure(QuerySession session, string question, string? id) => session.Answerer.Answer(
        new AnswerRequest { Question = new MultipleChoice(question, []), Extractive = true, ExcludeQuestion = id }, null, CancellationToken.None).Support;

    private static void Choices(QuerySession session, List<SampleQuestion> questions, TextWriter output)
    {
        int right = 0, answered = 0;
        double logLoss = 0;
        foreach (SampleQuestion question in questions)
        {
            AnswerResult result = session.Answerer.Answer(new AnswerRequest { Question = question.Question, ExcludeQuestion = question.Id }, null, CancellationToken.None);
            if (result.Choice is null)
            {
                continue;
            }

            answered++;
            right += result.Choice == question.Answer ? 1 : 0;
            logLoss -= Math.Log(Math.Max(result.Options[question.Answer], 1e-9));
        }

        output.WriteLine(Invariant($"choices: {right} of {answered} answered right ({questions.Count} asked), mean log loss {logLoss / Math.Max(1, answered):0.000}"));
    }

    private static string Join(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("0.00", CultureInfo.InvariantCulture)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
