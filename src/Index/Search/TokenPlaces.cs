using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Search;

/// <summary>Where in the text the token vectors of an encoder come from. A marker, separator or padding has no place.</summary>
public static class TokenPlaces
{
    private const string Skipped = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Place of each of <paramref name="rows"/> query vectors; null when the encoder lays out queries in a way that is not known here.</summary>
    public static TokenSpan?[]? OfQuery(ITokenEncoder encoder, string text, int rows)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        var tokens = new List<TokenSpan>();
        encoder.Tokenizer.Encode(text, tokens);
        var pieces = encoder.Tokenizer as WordPieceTokenizer;
        int before = Before(encoder.MarksQueries);
        int[] ends = WordCuts.Make(tokens.Count, encoder.QueryLength - before - 1, at => pieces?.TokenOf(tokens[at].Id).StartsWith("##", StringComparison.Ordinal) != true);
        var places = new TokenSpan?[rows];
        int row = 0, token = 0;
        foreach (int end in ends)
        {
            if (row + before + 1 + (end - token) > rows)
            {
                return null;
            }

            for (row += before; token < end; row++, token++)
            {
                places[row] = tokens[token];
            }

            row++;
        }

        // What is left is padding of the last window; more of it than a window holds is another layout.
        return rows - row < encoder.QueryLength ? places : null;
    }

    /// <summary>Place of each of <paramref name="count"/> passage vectors; null when the encoder keeps other tokens than all but single punctuation marks.</summary>
    public static TokenSpan?[]? OfPassage(ITokenEncoder encoder, string text, int count)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<TokenSpan>();
        encoder.Tokenizer.Encode(text, tokens);
        int before = Before(encoder.MarksPassages);
        foreach (bool skips in (ReadOnlySpan<bool>)[true, false])
        {
            TokenSpan[] kept = [.. tokens.Where(token => !skips || !IsMark(text, token))];
            if (kept.Length + before + 1 == count)
            {
                var places = new TokenSpan?[count];
                for (int i = 0; i < kept.Length; i++)
                {
                    places[before + i] = kept[i];
                }

                return places;
            }
        }

        return null;
    }

    /// <summary>Vectors before the first word: [CLS] and the marker. After the last word comes [SEP].</summary>
    private static int Before(bool marked) => marked ? 2 : 1;

    private static bool IsMark(string text, TokenSpan token) => token.End - token.Start == 1 && Skipped.Contains(text[token.Start], StringComparison.Ordinal);
}
