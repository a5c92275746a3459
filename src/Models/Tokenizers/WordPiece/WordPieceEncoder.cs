using System.Runtime.CompilerServices;
using System.Text;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>Normalises, splits into words and cuts words into the longest pieces, in one pass over the text.</summary>
sealed class WordPieceEncoder
{
    /// <summary>A word of more code points than this is one unknown token (max_input_chars_per_word).</summary>
    private const int MaxWordRunes = 100;

    private readonly BertCharacters _characters;
    private readonly PieceTrie _trie;
    private readonly WordTable _words = new();
    private readonly bool _lower;
    private readonly int _unknown;

    /// <summary>Builds the piece tree.</summary>
    public WordPieceEncoder(WordPieceVocabulary vocabulary, WordPieceOptions options)
    {
        _characters = BertCharacters.For(options.LowerCase, options.StripAccents ?? options.LowerCase, options.SplitChinese);
        _lower = options.LowerCase;
        _trie = new PieceTrie(vocabulary.Text.Length);
        AddPieces(vocabulary);
        _trie.Seal();
        _unknown = IdOf("[UNK]");
    }

    /// <summary>Id of a piece written the vocab.txt way, or -1.</summary>
    public int IdOf(ReadOnlySpan<char> piece)
    {
        bool continues = Continues(piece);
        ReadOnlySpan<char> text = continues ? piece[2..] : piece;
        int id = _trie.LongestMatch(continues ? PieceTrie.ContinuationRoot : PieceTrie.WordRoot, text, out int length);
        return length == text.Length ? id : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Continues(ReadOnlySpan<char> piece) => piece.Length > 2 && piece[0] == '#' && piece[1] == '#';

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every piece, in a cold process
    private void AddPieces(WordPieceVocabulary vocabulary)
    {
        for (int id = 0; id < vocabulary.Count; id++)
        {
            ReadOnlySpan<char> piece = vocabulary[id];
            bool continues = Continues(piece);
            if (piece.Length > 0 && !_trie.Add(continues ? PieceTrie.ContinuationRoot : PieceTrie.WordRoot, continues ? piece[2..] : piece, id))
            {
                Throw.Data($"vocabulary too large; at most {PieceTrie.MaxNodes} prefixes are allowed", vocabulary.Path);
            }

            if (!continues)
            {
                _words.Add(piece, id);
            }
        }
    }

    /// <summary>Emits the tokens of <paramref name="text"/>, whose first unit is at <paramref name="origin"/> in the original.</summary>
    [SkipLocalsInit]
    public void Encode<TSink>(ReadOnlySpan<char> text, int origin, ref TSink sink) where TSink : ITokenSink
    {
        // A word: its normalised units and, for each, where the original character starts and ends.
        Word word = new(stackalloc char[2 * MaxWordRunes], stackalloc int[2 * MaxWordRunes], stackalloc int[2 * MaxWordRunes]);
        uint[] ascii = _characters.Ascii;
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            int rune = text[at++];
            uint entry;
            if (rune < 256)
            {
                entry = ascii[rune];
            }
            else
            {
                rune = Complete(text, ref at);
                entry = _characters[rune];
            }

            switch (entry & BertCharacters.KindMask)
            {
                case BertCharacters.Letter when word.Runes == 0 && text.Length - start >= WordTable.Window && _words.TryRead(text[start..], _lower, out int length, out int id):
                    sink.Add(id, origin + start, origin + start + length);
                    at = start + length;
                    break;
                case BertCharacters.Letter:
                    word.Add((int)(entry & BertCharacters.ValueMask), origin + start, origin + at);
                    break;
                case BertCharacters.Space:
                    Flush(ref word, ref sink);
                    break;
                case BertCharacters.Alone:
                    AddAlone((int)(entry & BertCharacters.ValueMask), origin + start, origin + at, ref word, ref sink);
                    break;
                case BertCharacters.Many:
                    AddMany(_characters.Expansion(rune, entry), origin + start, origin + at, ref word, ref sink);
                    break;
            }
        }

        Flush(ref word, ref sink);
    }

    /// <summary>The code point that started one unit back; a lone surrogate is U+FFFD, which is dropped.</summary>
    private static int Complete(ReadOnlySpan<char> text, ref int at)
    {
        char first = text[at - 1];
        if (!char.IsSurrogate(first))
        {
            return first;
        }

        if (char.IsHighSurrogate(first) && at < text.Length && char.IsLowSurrogate(text[at]))
        {
            return char.ConvertToUtf32(first, text[at++]);
        }

        return 0xFFFD;
    }

    private void AddAlone<TSink>(int rune, int start, int end, ref Word word, ref TSink sink) where TSink : ITokenSink
    {
        Flush(ref word, ref sink);
        word.Add(rune, start, end);
        Flush(ref word, ref sink);
    }

    private void AddMany<TSink>(string runes, int start, int end, ref Word word, ref TSink sink) where TSink : ITokenSink
    {
        foreach (Rune rune in runes.EnumerateRunes())
        {
            if ((BertCharacters.Classify(rune.Value) & BertCharacters.KindMask) == BertCharacters.Alone)
            {
                AddAlone(rune.Value, start, end, ref word, ref sink);
            }
            else
            {
                word.Add(rune.Value, start, end);
            }
        }
    }

    private void Flush<TSink>(ref Word word, ref TSink sink) where TSink : ITokenSink
    {
        if (word.Runes == 0)
        {
            return;
        }

        if (word.Runes > MaxWordRunes)
        {
            sink.Add(_unknown, word.First, word.Last);
        }
        else
        {
            Cut(word, ref sink);
        }

        word.Clear();
    }

    [SkipLocalsInit]
    private void Cut<TSink>(in Word word, ref TSink sink) where TSink : ITokenSink
    {
        ReadOnlySpan<char> units = word.Units;
        int id = _trie.LongestMatch(PieceTrie.WordRoot, units, out int length);
        if (length == units.Length)
        {
            sink.Add(id, word.First, word.Last);
            return;
        }

        Span<int> ids = stackalloc int[2 * MaxWordRunes];
        Span<int> cuts = stackalloc int[2 * MaxWordRunes];
        int pieces = 0;
        int at = 0;
        while (id >= 0)
        {
            ids[pieces] = id;
            cuts[pieces++] = at += length;
            if (at == units.Length)
            {
                break;
            }

            id = _trie.LongestMatch(PieceTrie.ContinuationRoot, units[at..], out length);
        }

        if (id < 0)
        {
            sink.Add(_unknown, word.First, word.Last); // one piece missing: the whole word is unknown
            return;
        }

        at = 0;
        for (int i = 0; i < pieces; i++)
        {
            sink.Add(ids[i], word.Start(at), word.End(cuts[i] - 1));
            at = cuts[i];
        }
    }

    /// <summary>The word being gathered. Counts past its capacity without storing: such a word is unknown anyway.</summary>
    private ref struct Word(Span<char> units, Span<int> starts, Span<int> ends)
    {
        private readonly Span<char> _units = units;
        private readonly Span<int> _starts = starts;
        private readonly Span<int> _ends = ends;
        private int _length;

        public int Runes { get; private set; }

        public int First { get; private set; }

        public int Last { get; private set; }

        public readonly ReadOnlySpan<char> Units => _units[.._length];

        public readonly int Start(int unit) => _starts[unit];

        public readonly int End(int unit) => _ends[unit];

        public void Clear() => (_length, Runes) = (0, 0);

        public void Add(int rune, int start, int end)
        {
            First = Runes == 0 ? start : First;
            Last = end;
            if (++Runes > MaxWordRunes)
            {
                return;
            }

            if (rune < 0x10000)
            {
                Store((char)rune, start, end);
            }
            else
            {
                Store((char)(0xD800 + ((rune - 0x10000) >> 10)), start, end);
                Store((char)(0xDC00 + ((rune - 0x10000) & 0x3FF)), start, end);
            }
        }

        private void Store(char unit, int start, int end)
        {
            _units[_length] = unit;
            _starts[_length] = start;
            _ends[_length++] = end;
        }
    }
}
