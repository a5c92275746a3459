using System.Text;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Generation;

/// <summary>The tokens that write an option letter: with and without a space before it ("A" and " A" are different tokens).</summary>
sealed class OptionTokens(IGeneratorTokenizer tokenizer)
{
    private readonly Dictionary<string, int[]> _known = new(StringComparer.Ordinal);

    /// <summary>Ids whose bytes are <paramref name="letter"/>, or a space and it; a letter that no single token writes is refused.</summary>
    internal int[] Of(string letter)
    {
        if (_known.TryGetValue(letter, out int[]? ids))
        {
            return ids;
        }

        byte[] spaced = Encoding.UTF8.GetBytes(" " + letter);
        List<int> found = [];
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            ReadOnlySpan<byte> bytes = tokenizer.TokenBytes(id);
            if (letter.Length > 0 && (bytes.SequenceEqual(spaced) || bytes.SequenceEqual(spaced.AsSpan(1))))
            {
                found.Add(id);
            }
        }

        if (found.Count == 0)
        {
            Throw.Usage($"option '{letter}' is no single token of this model; name options with letters");
        }

        return _known[letter] = [.. found];
    }
}
