using Jmlr.Models.Tokenizers;
using Jmlr.Query.Questions;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Prompting;

/// <summary>
/// The one prompt builder, for answering and for training (prompt id <c>jmlr-1</c>). References stand in ascending order of rank, the best one last,
/// next to the question, as JMLR trains (<c>llama_ir2.py</c>); each keeps its rank as its citation number. Text of passages and questions is never parsed for special tokens.
/// </summary>
public sealed class PromptBuilder(IGeneratorTokenizer tokenizer)
{
    /// <summary>Name of the prompt; part of a checkpoint's manifest.</summary>
    public const string Id = "jmlr-1";

    private const string Instruction = "You answer medical questions only from the numbered references. Copy their wording. After each sentence give the number of its reference, like [1].";

    /// <summary>Builds the prompt of at most <paramref name="budget"/> tokens; the lowest-ranked passage is dropped first, the question never.</summary>
    public BuiltPrompt Build(MultipleChoice question, IReadOnlyList<RetrievedPassage> passages, int budget)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(passages);
        for (int used = passages.Count; ; used--)
        {
            List<int> ids = Encode(question, [.. passages.Take(used)]);
            if (ids.Count <= budget)
            {
                return new BuiltPrompt(ids, [.. passages.Take(used)], passages.Count - used);
            }

            if (used == 0)
            {
                Throw.PromptTooLong(ids.Count, budget);
            }
        }
    }

    private List<int> Encode(MultipleChoice question, IReadOnlyList<RetrievedPassage> passages)
    {
        var ids = new List<int>(1024);
        string references = string.Concat(passages.Reverse().Select(hit => $"Reference [{hit.Rank}]: {hit.Passage.Heading}\n{hit.Passage.Text}\n\n"));
        string asked = question.Options.Count == 0
            ? $"Question: {question}"
            : $"Question: {question}\nPlease only give the correct option.";
        if (tokenizer.HasChatTemplate)
        {
            tokenizer.EncodeChat([new ChatMessage("system", Instruction), new ChatMessage("user", references + asked)], addGenerationPrompt: true, ids);
        }
        else
        {
            if (tokenizer.BeginId is int begin)
            {
                ids.Add(begin);
            }

            tokenizer.EncodeIds($"{Instruction}\n\n{references}{asked}\n", parseSpecial: false, ids);
        }

        if (question.Options.Count > 0)
        {
            tokenizer.EncodeIds("Correct Answer:", parseSpecial: false, ids);
        }

        return ids;
    }
}
