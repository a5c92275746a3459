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
        MultipleChoice question, IReadOnlyList<RetrievedPassage> passages, int budget, CancellationToken cancellation)
    {
        int count = question.Options.Count;
        string[] letters = [.. question.Options.Select(option => option.Letter)];
        double[] total = new double[count];
        var builder = new PromptBuilder(generator.Tokenizer);
        DroppedPassages = 0;
        for (int shift = 0; shift < count; shift++)
        {
            AnswerOption[] turned = [.. letters.Select((letter, i) => new AnswerOption(letter, question.Options[(i + shift) % count].Text))];
            BuiltPrompt prompt = builder.Build(question with { Options = turned }, passages, budget);
            DroppedPassages = Math.Max(DroppedPassages, prompt.Dropped);
            IReadOnlyList<OptionScore> scores = generator.ScoreOptions(prompt.Ids, letters, cancellation);
            for (int i = 0; i < count; i++)
            {
                total[(i + shift) % count] += Math.Log(Math.Max(scores[i].Probability, 1e-12)) / count;
            }
        }

        double largest = total.Max();
        double sum = total.Sum(value => Math.Exp(value - largest));
        return letters.Zip(total).ToDictionary(pair => pair.First, pair => Math.Exp(pair.Second - largest) / sum, StringComparer.Ordinal);
    }
}
