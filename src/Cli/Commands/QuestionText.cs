using Jmlr.Models.Errors;

namespace Jmlr.Cli.Commands;

/// <summary>Words of the command line as one question.</summary>
static class QuestionText
{
    /// <summary>Longest question in characters: about eight pages.</summary>
    internal const int MaximumLength = 32_768;

    internal static string Join(string[] words)
    {
        foreach (string word in words)
        {
            // A mistyped option would otherwise be searched for.
            if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            {
                throw new JmlrUsageException($"unknown option '{word}': see --help; put the text after '--' if it is meant as text");
            }
        }

        string text = string.Join(' ', words).Trim();
        return text.Length <= MaximumLength ? text : throw new JmlrUsageException($"a question of {text.Length} characters: at most {MaximumLength} are taken");
    }
}
