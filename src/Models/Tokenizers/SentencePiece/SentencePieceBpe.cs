using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Jmlr.Models.Tokenizers.Merging;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece BPE (Kudo and Richardson 2018): characters merge wherever the union is a piece, best score first; what is left over is
/// written in byte tokens. Pieces are kept with plain spaces instead of U+2581, which is how they are decoded.
/// Source: bpe_model.cc and normalizer.cc of sentencepiece.
/// </summary>
sealed class SentencePieceBpe : SubwordModel
{
    private const char SpaceMark = '\u2581';

    private readonly int[] _ranks; // by id: place of its score, best first; equal scores share a place
    private readonly int[] _byteIds = new int[256];
    private readonly int _unknown;
    private readonly bool _prefix;
    private readonly bool _collapse;
    private readonly bool _spacesLead;

    /// <summary>Builds the tables; refuses vocabularies that do not hold together.</summary>
    public SentencePieceBpe(GeneratorVocabulary vocabulary)
    {
        _prefix = vocabulary.AddSpacePrefix;
        _collapse = vocabulary.RemoveExtraSpaces;
        _unknown = vocabulary.UnknownId ?? -1;
        Pieces = ReadPieces(vocabulary, out _spacesLead);
        _ranks = Rank(vocabulary);
        if (_unknown < 0 && Array.IndexOf(_byteIds, -1) >= 0)
        {
            Throw.Data("a SentencePiece vocabulary needs an unknown token or all 256 byte tokens", vocabulary.Path);
        }
    }

    /// <inheritdoc/>
    public override PieceTable Pieces { get; }

    /// <inheritdoc/>
    public override string TrimDecoded(string text) =>
        _collapse ? text.TrimStart(' ') : _prefix && text.StartsWith(' ') ? text[1..] : text;

    /// <inheritdoc/>
    public override void Encode<TSink>(ReadOnlySpan<char> text, int origin, ref TSink sink)
    {
        Workspace work = Workspace.Rent();
        Normalise(text, origin, work.Text);
        ReadOnlySpan<byte> bytes = work.Text.Bytes;
        for (int start = 0; start < bytes.Length;)
        {
            int end = _spacesLead ? WordEnd(bytes, start) : bytes.Length;
            EncodeWord(work, start, end, ref sink);
            start = end;
        }

        work.Return();
    }

    /// <summary>Spaces and the letters after them: no piece has a space behind a letter, so no merge crosses this border.</summary>
    private static int WordEnd(ReadOnlySpan<byte> bytes, int start)
    {
        int word = bytes[start..].IndexOfAnyExcept((byte)' ');
        if (word < 0)
        {
            return bytes.Length;
        }

        int length = bytes[(start + word)..].IndexOf((byte)' ');
        return length < 0 ? bytes.Length : start + word + length;
    }

    private void Normalise(ReadOnlySpan<char> text, int origin, Utf8Text to)
    {
        to.Clear();
        int at = 0;
        while (_collapse && at < text.Length && text[at] == ' ')
        {
            at++;
        }

        if (at == text.Length)
        {
            return;
        }

        if (_prefix)
        {
            to.Add((byte)' ', origin + at, origin + at);
        }

        while (at < text.Length)
        {
            int end = text[at..].IndexOfAny(' ', SpaceMark);
            end = end < 0 ? text.Length : at + end;
            to.Add(text[at..end], origin + at);
            if (end < text.Length)
            {
                // A literal U+2581 is a space to the model.
                to.Add((byte)' ', origin + end, origin + end + 1);
                bool plain = text[end++] == ' ';
                while (_collapse && plain && end < text.Length && text[end] == ' ')
                {
                    end++;
                }
            }

            at = end;
        }

        while (_collapse && to.Length > 0 && to.Bytes[^1] == ' ')
        {
            to.Truncate(to.Length - 1);
        }
    }

    private void EncodeWord<TSink>(Workspace work, int start, int end, ref TSink sink) where TSink : struct, ITokenSink
    {
        ReadOnlySpan<byte> bytes = work.Text.Bytes[start..end];
        Symbols symbols = work.Symbols;
        symbols.Clear();
        symbols.Length = bytes.Length;
        for (int i = 0; i < bytes.Length;)
        {
            Rune.DecodeFromUtf8(bytes[i..], out _, out int length);
            symbols.Add(Pieces.Find(bytes.Slice(i, length)), i);
            i += length;
        }

        PairMerger.Merge(bytes, symbols, new BestScore(Pieces, _ranks));
        for (int i = 0; i < symbols.Count; i = symbols.Nexts[i])
        {
            int from = start + symbols.Starts[i];
            int to = start + symbols.End(i);
            if (symbols.Ids[i] >= 0)
            {
                sink.Add(symbols.Ids[i], work.Text.Start(from), work.Text.End(to - 1));
                continue;
            }

            for (int at = from; at < to; at++)
            {
                int id = _byteIds[work.Text.Bytes[at]];
                sink.Add(id >= 0 ? id : _unknown, work.Text.Start(at), work.Text.End(at));
                at = id >= 0 ? at : to;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // once over every piece, in a cold process
    private PieceTable ReadPieces(GeneratorVocabulary vocabulary, out bool spacesLead)
    {
        PieceTable pieces = new(vocabulary.Tokens.Count);
        Array.Fill(_byteIds, -1);
        spacesLead = true;
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            string token = vocabulary.Tokens[id];
            switch (vocabulary.KindOf(id))
            {
                case TokenKind.Control or TokenKind.Unknown:
                    pieces.Add([], findable: false);
                    break;
                case TokenKind.Byte:
                    byte value = ByteOf(token, id, vocabulary.Path);
                    _byteIds[value] = id;
                    pieces.Add([value], findable: false);
                    break;
                case TokenKind kind:
                    string text = token.Replace(SpaceMark, ' ');
                    bool findable = kind == TokenKind.Normal;
                    spacesLead &= !findable || !text.AsSpan().TrimStart(' ').Contains(' ');
                    pieces.Add(Encoding.UTF8.GetBytes(text), findable);
                    break;
            }
        }

        return pieces;
    }

    private static byte ByteOf(string token, int id, string path) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : Throw.Data<byte>($"byte token {id} is '{Throw.Shown(token)}'; <0x00> to <0xFF> are allowed", path);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Rank(GeneratorVocabulary vocabulary)
    {
        int count = vocabulary.Tokens.Count;
        if (vocabulary.Scores.Count != count)
        {
            Throw.Data($"{vocabulary.Scores.Count} scores for {count} tokens", vocabulary.Path);
        }

        float[] scores = [.. vocabulary.Scores];
        int[] order = new int[count];
        int[] ranks = new int[count];
        for (int id = 0; id < count; id++)
        {
            if (float.IsNaN(scores[id]))
            {
                Throw.Data($"score of token {id} is not a number", vocabulary.Path);
            }

            order[id] = id;
            scores[id] = -scores[id] + 0f; // ascending; -0 and +0 become one
        }

        Array.Sort(scores, order);
        for (int i = 1, place = 0; i < count; i++)
        {
            place += scores[i] > scores[i - 1] ? 1 : 0;
            ranks[order[i]] = place;
        }

        return ranks;
    }

    /// <summary>Any two neighbours merge whose union is a piece.</summary>
    private readonly struct BestScore(PieceTable pieces, int[] ranks) : IMergeRule
    {
        public int Rank(ReadOnlySpan<byte> bytes, int cut, out int merged)
        {
            merged = pieces.Find(bytes);
            return merged < 0 ? -1 : ranks[merged];
        }
    }
}
