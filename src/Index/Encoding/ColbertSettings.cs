using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>What a ColBERT checkpoint fixes besides its weights.</summary>
/// <param name="QueryMarker">Id after [CLS] of a query; null for none, as an encoder wants it that was never trained with one.</param>
/// <param name="PassageMarker">Id after [CLS] of a passage; null for none.</param>
/// <param name="QueryLength">Tokens of a query, markers and padding included (query_maxlen).</param>
/// <param name="PassageLength">Longest passage, markers included (doc_maxlen).</param>
/// <param name="AttendToMask">Whether attention sees the [MASK] padding of queries.</param>
/// <param name="ExpandQueries">Whether queries are padded with [MASK] (query augmentation).</param>
/// <param name="Skiplist">Ids whose vectors are left out of passages (punctuation).</param>
sealed record ColbertSettings(
    int? QueryMarker, int? PassageMarker, int QueryLength, int PassageLength, bool AttendToMask, bool ExpandQueries, IReadOnlySet<int> Skiplist)
{
    private const int Frame = 2; // [CLS], [SEP]

    private const string AsciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Tokens of a query besides its words: [CLS], marker, [SEP].</summary>
    internal int QueryExtra => Frame + (QueryMarker is null ? 0 : 1);

    /// <summary>Tokens of a passage besides its words.</summary>
    internal int PassageExtra => Frame + (PassageMarker is null ? 0 : 1);

    /// <summary>Whether a passage token gets a vector: padding and skipped tokens do not.</summary>
    internal bool Keeps(int id, int pad) => id != pad && !Skiplist.Contains(id);

    /// <summary>ColBERT's <c>mask_punctuation</c>: the first token of every ASCII punctuation character (<c>colbert/modeling/colbert.py</c>).</summary>
    internal static HashSet<int> Punctuation(WordPieceTokenizer tokenizer) => FirstTokens(tokenizer, AsciiPunctuation.Select(c => c.ToString()));

    /// <summary>First token of each word.</summary>
    internal static HashSet<int> FirstTokens(WordPieceTokenizer tokenizer, IEnumerable<string> words)
    {
        var ids = new HashSet<int>();
        var tokens = new List<int>();
        foreach (string word in words)
        {
            tokens.Clear();
            tokenizer.EncodeIds(word, tokens);
            // An unknown mark is not skipped: every unknown word would be skipped with it.
            if (tokens.Count > 0 && tokens[0] != tokenizer.Unk)
            {
                ids.Add(tokens[0]);
            }
        }

        return ids;
    }
}
