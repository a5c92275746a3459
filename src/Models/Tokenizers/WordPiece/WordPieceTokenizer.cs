using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Models.Tokenizers.Files;

namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>
/// BERT's WordPiece with offsets into the original text; the same ids as the fast tokenizer of Hugging Face.
/// Allocates nothing per token and may be used by any number of threads.
/// </summary>
public sealed class WordPieceTokenizer : ITextTokenizer
{
    private readonly WordPieceVocabulary _vocabulary;
    private readonly WordPieceEncoder _encoder;
    private readonly SpecialTokenFinder _specials;
    private string? _hash;

    private WordPieceTokenizer(WordPieceVocabulary vocabulary, WordPieceOptions options)
    {
        _vocabulary = vocabulary;
        Options = options;
        _encoder = new WordPieceEncoder(vocabulary, options);
        VocabularySize = AddTokens(options);
        Unk = Required("[UNK]");
        Cls = Required("[CLS]");
        Sep = Required("[SEP]");
        Mask = Required("[MASK]");
        Pad = Required(options.PadToken);
        Unused0 = _encoder.IdOf("[unused0]");
        Unused1 = _encoder.IdOf("[unused1]");
        _specials = new SpecialTokenFinder(
            new Dictionary<string, int>(options.AddedTokens) { ["[UNK]"] = Unk, ["[CLS]"] = Cls, ["[SEP]"] = Sep, ["[MASK]"] = Mask, ["[PAD]"] = Required("[PAD]") });
    }

    /// <summary>How the text is normalised.</summary>
    public WordPieceOptions Options { get; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>Id put first, [CLS].</summary>
    public int Cls { get; }

    /// <summary>Id put last, [SEP].</summary>
    public int Sep { get; }

    /// <summary>[MASK]: ColBERT fills short queries with it.</summary>
    public int Mask { get; }

    /// <summary>Padding id.</summary>
    public int Pad { get; }

    /// <summary>[UNK]: a word with no pieces in the vocabulary.</summary>
    public int Unk { get; }

    /// <summary>[unused0], ColBERT's query marker; -1 when the vocabulary has none.</summary>
    public int Unused0 { get; }

    /// <summary>[unused1], ColBERT's document marker; -1 when the vocabulary has none.</summary>
    public int Unused1 { get; }

    /// <inheritdoc/>
    public string Hash => _hash ??= ComputeHash();

    /// <inheritdoc/>
    public bool CountsByWord => !Options.ParseSpecialTokens; // they may have spaces in them

    /// <summary>Builds from the bytes of a vocab.txt; <paramref name="path"/> names them in messages.</summary>
    /// <exception cref="Errors.JmlrDataException">Not UTF-8, or a required special token is missing.</exception>
    public static WordPieceTokenizer FromVocabulary(ReadOnlySpan<byte> vocabulary, WordPieceOptions? options = null, string path = "vocab.txt") =>
        new(WordPieceVocabulary.FromBytes(vocabulary, path), options ?? new WordPieceOptions());

    /// <summary>Builds from a vocab.txt file.</summary>
    /// <exception cref="Errors.JmlrOperationException">The file cannot be read.</exception>
    public static WordPieceTokenizer FromFile(string path, WordPieceOptions? options = null) =>
        FromVocabulary(TokenizerFiles.ReadAll(path), options, path);

    /// <summary>Builds from a Hugging Face folder: vocab.txt with tokenizer_config.json and added_tokens.json where they are.</summary>
    public static WordPieceTokenizer FromFolder(string folder) =>
        FromFile(Path.Combine(folder, "vocab.txt"), WordPieceConfigFile.Read(folder));

    /// <summary>Builds from the pieces of a GGUF file with <c>tokenizer.ggml.model</c> = "bert".</summary>
    public static WordPieceTokenizer FromGgufPieces(IReadOnlyList<string> tokens, WordPieceOptions? options = null, string path = "gguf") =>
        new(WordPieceVocabulary.FromGguf(tokens, path), options ?? new WordPieceOptions());

    /// <summary>Id of a token written as in vocab.txt or added to it.</summary>
    /// <exception cref="ArgumentException">There is no such token.</exception>
    public int IdOf(string token) => TryGetId(token, out int id) ? id : Throw.NoSuchToken(token);

    /// <summary>True, and the id, when the token exists.</summary>
    public bool TryGetId(string token, out int id)
    {
        if (!Options.AddedTokens.TryGetValue(token, out id))
        {
            id = token.Length == 0 ? -1 : _encoder.IdOf(token);
        }

        return id >= 0;
    }


    /// <summary>The token of an id as written in vocab.txt ("" where the model has an unnamed row).</summary>
    public string TokenOf(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
        {
            Throw.TokenIdOutOfRange(id, VocabularySize);
        }

        return id < _vocabulary.Count ? _vocabulary[id].ToString() : Options.AddedTokens.FirstOrDefault(pair => pair.Value == id).Key ?? "";
    }

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens)
    {
        SpanSink sink = new(tokens);
        Run(text, ref sink);
    }

    /// <summary>Appends the ids alone.</summary>
    public void EncodeIds(ReadOnlySpan<char> text, List<int> ids)
    {
        IdSink sink = new(ids);
        Run(text, ref sink);
    }

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<char> text)
    {
        CountSink sink = default;
        Run(text, ref sink);
        return sink.Count;
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids)
    {
        StringBuilder text = new();
        foreach (int id in ids)
        {
            string piece = TokenOf(id);
            if (id == Cls || id == Sep || id == Mask || id == Pad || id == Unk || piece == "[PAD]")
            {
                continue;
            }

            bool continues = piece.StartsWith("##", StringComparison.Ordinal);
            text.Append(text.Length == 0 || continues ? "" : " ").Append(piece, continues ? 2 : 0, piece.Length - (continues ? 2 : 0));
        }

        return text.ToString();
    }

    private void Run<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink
    {
        int done = 0;
        while (Options.ParseSpecialTokens && _specials.Next(text, done, out int at, out int length, out int id))
        {
            _encoder.Encode(text[done..at], done, ref sink);
            sink.Add(id, at, at + length);
            done = at + length;
        }

        _encoder.Encode(text[done..], done, ref sink);
    }

    private int Required(string token) =>
        TryGetId(token, out int id) ? id : Throw.Data<int>($"the vocabulary has no '{Throw.Shown(token)}'", _vocabulary.Path);

    private int AddTokens(WordPieceOptions options)
    {
        int size = _vocabulary.Count;
        int limit = size + options.AddedTokens.Count;
        foreach ((string token, int id) in options.AddedTokens)
        {
            if (token.Length == 0 || id < 0 || id >= limit)
            {
                Throw.Data($"added token '{Throw.Shown(token)}' has id {id}; ids 0..{limit - 1} are allowed", _vocabulary.Path);
            }

            size = Math.Max(size, id + 1);
        }

        return size;
    }

    private string ComputeHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"wordpiece 1 {Options.LowerCase} {Options.StripAccents ?? Options.LowerCase} {Options.SplitChinese} {Options.ParseSpecialTokens} {Options.PadToken}\n")));
        foreach ((string token, int id) in Options.AddedTokens.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id} {token}\n")));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(_vocabulary.Text));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
