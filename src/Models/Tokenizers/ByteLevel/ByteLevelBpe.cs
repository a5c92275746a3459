using System.Runtime.CompilerServices;
using System.Text;
using Jmlr.Models.Tokenizers.Merging;
using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.ByteLevel;

/// <summary>
/// Byte-level BPE (Sennrich et al. 2016, as in GPT-2): words by pattern, bytes of a word merged in the order of the merge list.
/// Our own: the library's builds slower, has no offsets inside characters and needs regular expressions that split astral letters.
/// </summary>
sealed class ByteLevelBpe : SubwordModel
{
    private readonly WordSplitter _splitter;
    private readonly MergeList _merges;
    private readonly int[] _byteIds = new int[256];
    private readonly bool _ignoreMerges;

    /// <summary>Builds the tables; refuses vocabularies that do not hold together.</summary>
    public ByteLevelBpe(GeneratorVocabulary vocabulary)
    {
        _splitter = WordSplitter.Named(vocabulary.PreTokenizer) ?? Throw.Data<WordSplitter>(
            $"unknown pre-tokenizer '{Throw.Shown(vocabulary.PreTokenizer)}'; known are gpt-2, smollm, llama-bpe", vocabulary.Path);
        _ignoreMerges = vocabulary.IgnoreMerges;
        Pieces = ReadTokens(vocabulary);
        _merges = new MergeList(vocabulary, Pieces);
        Span<byte> one = stackalloc byte[1];
        for (int value = 0; value < 256; value++)
        {
            // Some bytes may be missing (they occur in no or few texts); the reference drops them and so do we.
            one[0] = (byte)value;
            _byteIds[value] = Pieces.Find(one);
        }
    }

    /// <inheritdoc/>
    public override PieceTable Pieces { get; }

    /// <inheritdoc/>
    public override void Encode<TSink>(ReadOnlySpan<char> text, int origin, ref TSink sink)
    {
        Workspace work = Workspace.Rent();
        for (int at = 0; at < text.Length;)
        {
            int end = _splitter.Next(text, at);
            work.Text.Clear();
            work.Text.Add(text[at..end], origin + at);
            EncodeWord(work, ref sink);
            at = end;
        }

        work.Return();
    }

    private void EncodeWord<TSink>(Workspace work, ref TSink sink) where TSink : struct, ITokenSink
    {
        ReadOnlySpan<byte> bytes = work.Text.Bytes;
        int whole = _ignoreMerges ? Pieces.Find(bytes) : -1;
        if (whole >= 0)
        {
            sink.Add(whole, work.Text.Start(0), work.Text.End(bytes.Length - 1));
            return;
        }

        Symbols symbols = work.Symbols;
        symbols.Clear();
        symbols.Length = bytes.Length;
        for (int i = 0; i < bytes.Length; i++)
        {
            symbols.Add(_byteIds[bytes[i]], i);
        }

        PairMerger.Merge(bytes, symbols, new ListedMerges(_merges));
        for (int i = 0; i < symbols.Count; i = symbols.Nexts[i])
        {
            if (symbols.Ids[i] >= 0)
            {
                sink.Add(symbols.Ids[i], work.Text.Start(symbols.Starts[i]), work.Text.End(symbols.End(i) - 1));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // runs once over 50,000 items in a cold process
    private static PieceTable ReadTokens(GeneratorVocabulary vocabulary)
    {
        PieceTable pieces = new(vocabulary.Tokens.Count);
        byte[] bytes = new byte[256];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            string token = vocabulary.Tokens[id];
            if (token.Length * 3 > bytes.Length)
            {
                bytes = new byte[token.Length * 3];
            }

            switch (vocabulary.KindOf(id))
            {
                case TokenKind.Control or TokenKind.Unknown:
                    pieces.Add([], findable: false);
                    break;
                case TokenKind.UserDefined:
                    pieces.Add(bytes.AsSpan(0, Encoding.UTF8.GetBytes(token, bytes)), findable: false);
                    break;
                default:
                    int length = ByteAlphabet.Decode(token, bytes);
                    if (length < 0)
                    {
                        Throw.Data($"token {id} '{Throw.Shown(token)}' is not written in the byte-level alphabet", vocabulary.Path);
                    }

                    pieces.Add(bytes.AsSpan(0, length), findable: true);
                    break;
            }
        }

        return pieces;
    }
}
