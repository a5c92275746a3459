using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>Ids at which generation stops: what the file names, and control tokens known by name to end a turn or a text.</summary>
static class EndTokens
{
    /// <summary>Names of such tokens.</summary>
    public static HashSet<string> Names { get; } = new(StringComparer.Ordinal)
    {
        "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<|eot|>", "</s>",
    };

    /// <summary>The stop ids of a vocabulary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every token, in a cold process
    public static HashSet<int> Of(GeneratorVocabulary vocabulary)
    {
        HashSet<int> ids = [.. vocabulary.MoreEndIds];
        if (vocabulary.EndId is int end)
        {
            ids.Add(end);
        }

        for (int id = 0; id < vocabulary.Kinds.Count; id++)
        {
            if (vocabulary.Kinds[id] is TokenKind.Control or TokenKind.UserDefined && Names.Contains(vocabulary.Tokens[id]))
            {
                ids.Add(id);
            }
        }

        return ids;
    }
}
