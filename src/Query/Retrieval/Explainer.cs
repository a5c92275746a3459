using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Query.Retrieval;

/// <summary>One token of the question and the word of the passage that answered it.</summary>
/// <param name="Token">Token of the question as written; null for the marks around it.</param>
/// <param name="QuerySpan">Its place in the question.</param>
/// <param name="Word">The word of the passage; null when the match is a mark around the passage.</param>
/// <param name="WordSpan">Its place in the passage's text, or in its heading line.</param>
/// <param name="InHeading">True when the word stands in the heading line.</param>
/// <param name="Similarity">Cosine: what the token brought to the score.</param>
public sealed record WordMatch(string? Token, CharSpan? QuerySpan, string? Word, CharSpan? WordSpan, bool InHeading, double Similarity);

/// <summary>Says for each token of a question which word of a passage answered it.</summary>
sealed class Explainer(ITokenEncoder encoder, IndexSnapshot snapshot)
{
    /// <summary>Matches in the order of the question's tokens; their similarities sum to the score of the passage.</summary>
    internal IReadOnlyList<WordMatch> Explain(string question, TokenMatrix query, Passage passage)
    {
        string id = passage.Id.ToString(), text = passage.RetrieverText;
        TokenSpan?[]? asked = TokenPlaces.OfQuery(encoder, question, query.Rows), stored = TokenPlaces.OfPassage(encoder, text, TokenAlignment.TokensOf(snapshot, id));
        int heading = passage.Heading.Length + 1;
        var matches = new List<WordMatch>(query.Rows);
        TokenMatch[] found = TokenAlignment.Of(snapshot, query, id);
        for (int row = 0; row < found.Length; row++)
        {
            CharSpan? place = asked?[row] is TokenSpan token ? new CharSpan(token.Start, token.End) : null;
            CharSpan? word = stored?[found[row].PassageToken] is TokenSpan span ? WordAround(text, span) : null;
            bool above = word is CharSpan at && at.Start < heading;
            matches.Add(new WordMatch(
                place is CharSpan p ? question[p.Start..p.End] : null, place, word is CharSpan w ? text[w.Start..w.End] : null,
                word is CharSpan x ? above ? x : new CharSpan(x.Start - heading, x.End - heading) : null, above, found[row].Similarity));
        }

        return matches;
    }

    /// <summary>A word piece widened to its word.</summary>
    private static CharSpan WordAround(string text, TokenSpan token)
    {
        int start = token.Start, end = token.End;
        if (!char.IsLetterOrDigit(text[start]))
        {
            return new CharSpan(start, end);
        }

        while (start > 0 && char.IsLetterOrDigit(text[start - 1]))
        {
            start--;
        }

        while (end < text.Length && char.IsLetterOrDigit(text[end]))
        {
            end++;
        }

        return new CharSpan(start, end);
    }
}
