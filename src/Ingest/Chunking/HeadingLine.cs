using Jmlr.Ingest.Documents;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Chunking;

/// <summary>The heading line of the passages of a section, shortened to a share of the passage.</summary>
/// <param name="Title">Title as it stands in the passage.</param>
/// <param name="Path">Headings as they stand in the passage.</param>
/// <param name="Tokens">Length of the line.</param>
/// <param name="Shortened">True when words of title or headings were left out, so that the text must have them.</param>
sealed record HeadingLine(string Title, IReadOnlyList<string> Path, int Tokens, bool Shortened)
{
    private const int LeastLength = 16;

    /// <summary>The line for a heading path, of at most <paramref name="budget"/> tokens.</summary>
    public static HeadingLine Make(string title, IReadOnlyList<string> path, ITextTokenizer tokenizer, int budget)
    {
        int tokens = Count(tokenizer, title, path);
        if (tokens <= budget)
        {
            return new HeadingLine(title, path, tokens, false);
        }

        List<string> parts = [title, .. path];
        while (tokens > budget)
        {
            int longest = 0;
            for (int i = 1; i < parts.Count; i++)
            {
                longest = parts[i].Length > parts[longest].Length ? i : longest;
            }

            if (parts[longest].Length <= LeastLength && parts.Count > 2)
            {
                parts.RemoveAt(1); // the outermost heading says least
            }
            else if (parts[longest].Length <= 4)
            {
                break;
            }
            else
            {
                parts[longest] = Shorten(parts[longest]);
            }

            tokens = Count(tokenizer, parts[0], parts[1..]);
        }

        return new HeadingLine(parts[0], parts[1..], tokens, true);
    }

    /// <summary>The line as <see cref="Passage.Heading"/> has it.</summary>
    private static int Count(ITextTokenizer tokenizer, string title, IReadOnlyList<string> path) =>
        tokenizer.Count(path.Count == 0 ? title : $"{title} — {string.Join(" › ", path)}");

    /// <summary>About four fifths of the text, cut between words.</summary>
    private static string Shorten(string text)
    {
        string bare = text.TrimEnd('…', ' ');
        int keep = bare.Length * 4 / 5;
        int cut = bare.LastIndexOf(' ', keep);
        cut = cut > keep / 2 ? cut : keep;
        cut = cut > 0 && char.IsHighSurrogate(bare[cut - 1]) ? cut - 1 : cut;
        return $"{bare[..cut].TrimEnd(' ', ',', ';', ':', '-')}…";
    }
}
