using Jmlr.Ingest.Documents;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Chunking;

/// <summary>Breaks the blocks of a section into units of at most a number of tokens: whole where they fit, else by sentence, else by words with overlap.</summary>
sealed class UnitMaker(ITextTokenizer tokenizer)
{
    private const int CharsPerToken = 24;
    private readonly List<TokenSpan> _tokens = [];

    /// <summary>Appends the units of a block.</summary>
    public void Add(Document document, Block block, int budget, List<Unit> units)
    {
        ReadOnlyMemory<char> whole = block.RowText is string row ? row.AsMemory() : document.Text.AsMemory(block.Span.Start, block.Span.Length);
        ReadOnlySpan<char> text = whole.Span;
        int tokens = Tokens(text, budget);
        // A long paragraph that ends by announcing a list: only its last sentence must go with the list.
        bool announces = !block.LeadIn && block.RowText is null && text.EndsWith(':');
        if (tokens <= budget && !announces)
        {
            units.Add(new Unit(whole, block.Span, tokens, block, Continues: false, block.LeadIn));
            return;
        }

        bool first = true;
        List<CharSpan> sentences = SentenceSplitter.Split(text);
        for (int i = 0; i < sentences.Count; i++)
        {
            CharSpan sentence = sentences[i];
            if (tokens <= budget)
            {
                // Short enough as a whole: everything before the announcement stays together.
                sentence = sentences.Count > 1 && i == 0 ? new CharSpan(sentence.Start, sentences[^2].End) : sentences[^1];
                i = Math.Max(i, i == 0 ? sentences.Count - 2 : i);
            }

            bool last = i == sentences.Count - 1;
            foreach ((CharSpan piece, int count) in Pieces(whole, sentence, budget))
            {
                // A printed row is not a stretch of the text: each of its pieces stands for the whole row.
                CharSpan span = block.RowText is null ? new CharSpan(block.Span.Start + piece.Start, block.Span.Start + piece.End) : block.Span;
                units.Add(new Unit(whole[piece.Start..piece.End], span, count, block, Continues: !first, LeadIn: announces && last && piece.End == sentence.End, Cut: piece != sentence));
                first = false;
            }
        }
    }

    private IEnumerable<(CharSpan Piece, int Tokens)> Pieces(ReadOnlyMemory<char> text, CharSpan sentence, int budget)
    {
        int count = Tokens(text.Span.Slice(sentence.Start, sentence.Length), budget);
        if (count <= budget)
        {
            yield return (sentence, count);
            yield break;
        }

        _tokens.Clear();
        int start = sentence.Start;
        int overlap = Math.Max(1, budget / 10);
        while (start < sentence.End)
        {
            (int end, int back, int used) = Cut(text.Span[start..sentence.End], budget, overlap);
            yield return (new CharSpan(start, start + end), used);
            if (start + end >= sentence.End)
            {
                yield break;
            }

            start += Math.Max(1, back);
        }
    }

    /// <summary>Where a piece of at most <paramref name="budget"/> tokens ends, and where the next begins, a few words earlier.</summary>
    private (int End, int Next, int Tokens) Cut(ReadOnlySpan<char> text, int budget, int overlap)
    {
        // Only as much text as can fill the piece is looked at, so that a long line costs linear time.
        int window = Math.Min(text.Length, budget * CharsPerToken);
        _tokens.Clear();
        tokenizer.Encode(text[..window], _tokens);
        int end = window;
        if (_tokens.Count > budget)
        {
            end = WordStart(text, _tokens[budget].Start, _tokens[budget / 2].Start);
        }
        else if (window < text.Length)
        {
            end = WordStart(text, window, window / 2);
        }
        else
        {
            return (text.Length, text.Length, _tokens.Count);
        }

        int used = _tokens.FindIndex(token => token.Start >= end) is int found and >= 0 ? found : _tokens.Count;
        int from = used > overlap ? _tokens[used - overlap].Start : end;
        int next = WordStart(text, from, end / 2);
        return (end, Math.Clamp(next, 1, end), used);
    }

    /// <summary>The last beginning of a word at or before <paramref name="at"/>, not before <paramref name="least"/>; else <paramref name="at"/> itself.</summary>
    private static int WordStart(ReadOnlySpan<char> text, int at, int least)
    {
        for (int i = at; i > Math.Max(0, least); i--)
        {
            if (char.IsWhiteSpace(text[i - 1]))
            {
                return i;
            }
        }

        return at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
    }

    /// <summary>Number of tokens; text too long for the budget by its characters alone is not counted.</summary>
    private int Tokens(ReadOnlySpan<char> text, int budget) => text.Length > budget * CharsPerToken ? int.MaxValue : tokenizer.Count(text);
}
