namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>What every vocabulary must satisfy, whatever file it came from.</summary>
static class VocabularyCheck
{
    /// <summary>Refuses lists whose lengths or ids do not fit together.</summary>
    public static void Require(GeneratorVocabulary vocabulary)
    {
        int count = vocabulary.Tokens.Count;
        if (count is 0 or > PieceTable.MaxTokens)
        {
            Throw.Data($"{count} tokens; 1 to {PieceTable.MaxTokens} are allowed", vocabulary.Path);
        }

        if (vocabulary.Kinds.Count != 0 && vocabulary.Kinds.Count != count)
        {
            Throw.Data($"{vocabulary.Kinds.Count} token types for {count} tokens", vocabulary.Path);
        }

        RequireId("beginning-of-sequence", vocabulary.BeginId, vocabulary);
        RequireId("end-of-sequence", vocabulary.EndId, vocabulary);
        RequireId("unknown-token", vocabulary.UnknownId, vocabulary);
        foreach (int id in vocabulary.MoreEndIds)
        {
            RequireId("end-of-turn", id, vocabulary);
        }

        if (vocabulary.AddBegin && vocabulary.BeginId is null)
        {
            Throw.Data("a beginning-of-sequence token is asked for, but its id is missing", vocabulary.Path);
        }
    }

    private static void RequireId(string name, int? id, GeneratorVocabulary vocabulary)
    {
        if (id is int value && (uint)value >= (uint)vocabulary.Tokens.Count)
        {
            Throw.Data($"{name} id {value}; ids 0 to {vocabulary.Tokens.Count - 1} are allowed", vocabulary.Path);
        }
    }
}
