using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>A vocabulary small enough to see through, for tests of layout.</summary>
static class HandMadeTokenizer
{
    private const string Words = "[PAD] [unused0] [unused1] [UNK] [CLS] [SEP] [MASK] a b c ##x ##y , .";

    internal static WordPieceTokenizer Create() => WordPieceTokenizer.FromVocabulary(System.Text.Encoding.UTF8.GetBytes(Words.Replace(' ', '\n') + "\n"));

    internal static ColbertSettings Settings(WordPieceTokenizer tokenizer, int query, bool expand = true, bool attend = false) =>
        new(tokenizer.Unused0, tokenizer.Unused1, query, 16, attend, expand, ColbertSettings.Punctuation(tokenizer));
}
