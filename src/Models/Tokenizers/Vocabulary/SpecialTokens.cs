using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>
/// The special tokens of a vocabulary. User-defined pieces are matched in any text, as in the reference, except those that end a turn
/// or stand in the chat template: untrusted text must not be able to write them.
/// </summary>
sealed class SpecialTokens
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Sorts the tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every token, in a cold process
    public SpecialTokens(GeneratorVocabulary vocabulary)
    {
        Dictionary<string, int> harmless = new(StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Kinds.Count; id++)
        {
            TokenKind kind = vocabulary.Kinds[id];
            if (kind is not (TokenKind.Control or TokenKind.Unknown or TokenKind.UserDefined) || vocabulary.Tokens[id].Length == 0)
            {
                continue;
            }

            string token = vocabulary.Tokens[id];
            _ids.TryAdd(token, id);
            bool marks = id == vocabulary.BeginId || id == vocabulary.EndId || vocabulary.MoreEndIds.Contains(id) || EndTokens.Names.Contains(token)
                || (token.AsSpan().Trim().Length > 0 && vocabulary.ChatTemplate?.Contains(token, StringComparison.Ordinal) == true);
            if (kind == TokenKind.UserDefined && !marks)
            {
                harmless.TryAdd(token, id);
            }
        }

        All = _ids.Count > 0 ? new SpecialTokenFinder(_ids) : null;
        Harmless = harmless.Count > 0 ? new SpecialTokenFinder(harmless) : null;
    }

    /// <summary>Finds every special token; null when there are none.</summary>
    public SpecialTokenFinder? All { get; }

    /// <summary>Finds those that any text may contain; null when there are none.</summary>
    public SpecialTokenFinder? Harmless { get; }

    /// <summary>Id of a special token, or -1.</summary>
    public int IdOf(string token) => _ids.GetValueOrDefault(token, -1);
}
