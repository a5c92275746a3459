using Jmlr.Llm.Generation;
using Jmlr.Query.Prompting;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>
/// Probability of each option from the prefill logits. A small model prefers a letter whatever stands behind it, so the options are turned
/// round cyclically, each stands once behind each letter, and the log-probabilities are averaged. The references come first in the prompt
/// and are read only once (prefix reuse).
/// </summary>
sealed class OptionScorer(IGenerator generator)
{
    // How much evidence moves the log-probability; chosen on the sample vignettes (docs/evaluation.md).
    private const double EvidenceWeight = 3;

    /// <summary>Most passages that a prompt of the last question had no room for.</summary>
    internal int DroppedPassages { get; private set; }

    /// <summary>The generator's probabilities weighed with what the passages say: a small model alone hardly tells options apart.</summary>
    internal static Dictionary<string, double> Combine(IReadOnlyDictionary<string, double> prefill, IReadOnlyDictionary<string, double> evidence, double weight = EvidenceWeight)
    {
        double best = evidence.Values.Max();
        Dictionary<string, double> scores = prefill.ToDictionary(pair => pair.Key, pair => pair.Value * Math.Exp(weight * (evidence[pair.Key] - best)), StringComparer.Ordinal);
        double sum = scores.Values.Sum();
        return scores.ToDictionary(pair => pair.Key, pair => pair.Value / sum, StringComparer.Ordinal);
    }

    /// <summary>Probability by letter of the original order.</summary>
    internal IReadOnlyDictionary<string, double> Score(
        MultipleChoice question, IReadOnlyList<RetrievedPassage> passages, int budget, OptionScoring scoring, CancellationToken cancellation)
    {
        int count = question.Options.Count;
        string[] letters = [.. question.Options.Select(option => option.Letter)];
        double[] total = new double[count];
        var builder = new PromptBuilder(generator.Tokenizer);

        // Room for the longest option behind the prompt, where its tokens are run.
        budget -= scoring == OptionScoring.Texts ? question.Options.Max(option => generator.Tokenizer.Count(option.Text)) + 2 : 0;
        BuiltPrompt[] prompts = [.. Enumerable.Range(0, count).Select(shift => builder.Build(question with { Options = Turned(question, shift) }, passages, budget))];
        DroppedPassages = prompts.Max(prompt => prompt.Dropped);
        IReadOnlyList<IReadOnlyList<double>> scores = scoring == OptionScoring.Letters
            ? [.. generator.ScoreOptions([.. prompts.Select(prompt => prompt.Ids)], letters, cancellation).Select(turn => (double[])[.. turn.Select(score => score.Probability)])]
            : [.. prompts.Select((prompt, shift) => (double[])[.. generator.ScoreTexts(prompt.Ids, [.. Turned(question, shift).Select(option => option.Text)], cancellation).Select(score => score.Probability)])];
        for (int shift = 0; shift < count; shift++)
        {
            for (int i = 0; i < count; i++)
            {
                total[(i + shift) % count] += Math.Log(Math.Max(scores[shift][i], 1e-12)) / count;
            }
        }

        double largest = total.Max();
        double sum = total.Sum(value => Math.Exp(value - largest));
        return letters.Zip(total).ToDictionary(pair => pair.First, pair => Math.Exp(pair.Second - largest) / sum, StringComparer.Ordinal);
    }

    private static AnswerOption[] Turned(MultipleChoice question, int shift) =>
        [.. question.Options.Select((option, i) => new AnswerOption(option.Letter, question.Options[(i + shift) % question.Options.Count].Text))];
}
