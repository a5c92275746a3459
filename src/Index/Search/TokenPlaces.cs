using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Search;

/// <summary>Where in the text the token vectors of an encoder come from. A marker, separator or padding has no place.</summary>
public static class TokenPlaces
{
    private const int Extra = 3; // [CLS], marker, [SEP]
    private const int Before = 2; // [CLS], marker

    private const string Skipped = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Place of each of <paramref name="rows"/> query vectors; null when the encoder lays out queries in a way that is not known here.</summary>
    public static TokenSpan?[]? OfQuery(ITokenEncoder encoder, string text, int rows)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        var tokens = new List<TokenSpan>();
        encoder.Tokenizer.Encode(text, tokens);
        var pieces = encoder.Tokenizer as WordPieceTokenizer;
        int[] ends = WordCuts.Make(tokens.Count, encoder.QueryLength - Extra, at => pieces?.TokenOf(tokens[at].Id).StartsWith("##", StringComparison.Ordinal) != true);
        var places = new TokenSpan?[rows];
        int row = 0, token = 0;
        foreach (int end in ends)
        {
            if (row + Extra + (end - token) > rows)
            {
                return null;
            }

            for (row += Before; token < end; row++, token++)
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
        foreach (bool skips in (ReadOnlySpan<bool>)[true, false])
        {
            TokenSpan[] kept = [.. tokens.Where(token => !skips || !IsMark(text, token))];
            if (kept.Length + Extra == count)
            {
                var places = new TokenSpan?[count];
                for (int i = 0; i < kept.Length; i++)
                {
                    places[Before + i] = kept[i];
                }

                return places;
            }
        }

        return null;
    }

    private static bool IsMark(string text, TokenSpan token) => token.End - token.Start == 1 && Skipped.Contains(text[token.Start], StringComparison.Ordinal);
}
