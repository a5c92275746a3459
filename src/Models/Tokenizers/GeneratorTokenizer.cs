using System.Text;
using Jmlr.Models.Tokenizers.ByteLevel;
using Jmlr.Models.Tokenizers.Chat;
using Jmlr.Models.Tokenizers.Files;
using Jmlr.Models.Tokenizers.SentencePiece;
using Jmlr.Models.Tokenizers.Vocabulary;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tokenizers;

/// <summary>
/// Tokenizer of a Llama-architecture generator: byte-level or SentencePiece BPE, with the chat template of the model. Offsets of a token
/// that is part of a character cover that character, so neighbours may overlap; they never go back.
/// </summary>
public sealed class GeneratorTokenizer : IGeneratorTokenizer
{
    private readonly SubwordModel _model;
    private readonly SpecialTokens _specials;
    private readonly ChatStyle? _chat;
    private string? _hash;

    /// <summary>Builds from a vocabulary.</summary>
    /// <exception cref="Errors.JmlrDataException">The vocabulary does not hold together, or its pre-tokenizer is not known.</exception>
    public GeneratorTokenizer(GeneratorVocabulary vocabulary)
    {
        VocabularyCheck.Require(vocabulary);
        Vocabulary = vocabulary;
        _chat = vocabulary.ChatTemplate is string template ? ChatStyle.Recognise(template) : null;
        _specials = new SpecialTokens(vocabulary);
        _model = vocabulary.Family == TokenizerFamily.ByteLevelBpe ? new ByteLevelBpe(vocabulary) : new SentencePieceBpe(vocabulary);
        EndIds = EndTokens.Of(vocabulary);
    }

    /// <summary>What it was built from.</summary>
    public GeneratorVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Tokens.Count;

    /// <inheritdoc/>
    public string Hash => _hash ??= VocabularyHash.Of(Vocabulary);

    /// <inheritdoc/>
    public int? BeginId => Vocabulary.AddBegin ? Vocabulary.BeginId : null;

    /// <inheritdoc/>
    public IReadOnlySet<int> EndIds { get; }

    /// <inheritdoc/>
    public bool HasChatTemplate => Vocabulary.ChatTemplate is not null;

    /// <summary>Reads the tokenizer of a GGUF file with <c>tokenizer.ggml.model</c> "gpt2" or "llama".</summary>
    public static GeneratorTokenizer FromGguf(GgufFile file) => new(GgufVocabulary.Read(file));

    /// <summary>Reads the tokenizer of a Hugging Face folder: tokenizer.model, or a byte-level tokenizer.json.</summary>
    public static GeneratorTokenizer FromFolder(string folder) => new(HuggingFaceFolder.Read(folder));

    /// <summary>Reads a SentencePiece <c>tokenizer.model</c>.</summary>
    public static GeneratorTokenizer FromSentencePiece(string path, string? chatTemplate = null) =>
        new(SentencePieceModelFile.Read(path) with { ChatTemplate = chatTemplate });

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, List<TokenSpan> tokens)
    {
        SpanSink sink = new(tokens);
        Run(text, parseSpecial: false, ref sink);
    }

    /// <inheritdoc/>
    public void EncodeIds(ReadOnlySpan<char> text, bool parseSpecial, List<int> ids)
    {
        IdSink sink = new(ids);
        Run(text, parseSpecial, ref sink);
    }

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<char> text)
    {
        CountSink sink = default;
        Run(text, parseSpecial: false, ref sink);
        return sink.Count;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> TokenBytes(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
        {
            Throw.TokenIdOutOfRange(id, VocabularySize);
        }

        return _model.Pieces[id];
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids)
    {
        using MemoryStream bytes = new();
        foreach (int id in ids)
        {
            bytes.Write(TokenBytes(id));
        }

        return _model.TrimDecoded(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    /// <summary>Id of a special token by its text, or -1.</summary>
    public int IdOfSpecial(string token) => _specials.IdOf(token);

    /// <inheritdoc/>
    /// <exception cref="Errors.JmlrOperationException">The model has no chat template, or one that is not known.</exception>
    /// <exception cref="ArgumentException">Roles that the template does not allow.</exception>
    public void EncodeChat(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, List<int> ids)
    {
        if (Vocabulary.ChatTemplate is not string template)
        {
            Throw.NoChatTemplate(Vocabulary.Path);
            return;
        }

        if (_chat is null || _chat.Markers.Any(marker => IdOfSpecial(marker) < 0))
        {
            Throw.UnknownChatTemplate(Vocabulary.Path, template);
        }

        ChatEncoder encoder = new(this, ids);
        _chat!.Write(messages, addGenerationPrompt, encoder);
        encoder.Flush();
    }

    private void Run<TSink>(ReadOnlySpan<char> text, bool parseSpecial, ref TSink sink) where TSink : struct, ITokenSink
    {
        SpecialTokenFinder? finder = parseSpecial ? _specials.All : _specials.Harmless;
        int done = 0;
        while (finder is not null && finder.Next(text, done, out int at, out int length, out int id))
        {
            _model.Encode(text[done..at], done, ref sink);
            sink.Add(id, at, at + length);
            done = at + length;
        }

        _model.Encode(text[done..], done, ref sink);
    }
}
