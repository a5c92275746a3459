using System.Runtime.CompilerServices;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>Family of a generator's tokenizer.</summary>
public enum TokenizerFamily
{
    /// <summary>Byte-level BPE (<c>tokenizer.ggml.model</c> = "gpt2", tokenizer.json).</summary>
    ByteLevelBpe,

    /// <summary>SentencePiece BPE (<c>tokenizer.ggml.model</c> = "llama", tokenizer.model).</summary>
    SentencePieceBpe,
}

/// <summary>Everything a generator tokenizer is built from, whatever file it came from.</summary>
public sealed record GeneratorVocabulary
{
    /// <summary>The file, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>Which algorithm cuts the text.</summary>
    public required TokenizerFamily Family { get; init; }

    /// <summary>Tokens by id as the file writes them: byte-level alphabet, or pieces with U+2581 for spaces.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Kind of each token; empty means all are normal.</summary>
    public IReadOnlyList<TokenKind> Kinds { get; init; } = [];

    /// <summary>SentencePiece scores by id: the pair whose union scores highest merges first.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>Byte-level merges "left right", first rank first.</summary>
    public IReadOnlyList<string> Merges { get; init; } = [];

    /// <summary>Pre-tokenizer of a byte-level model: "gpt-2", "smollm" or "llama-bpe".</summary>
    public string PreTokenizer { get; init; } = "";

    /// <summary>A word that is a token as a whole is taken as it is (Llama 3).</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>SentencePiece: a space is put before the text.</summary>
    public bool AddSpacePrefix { get; init; } = true;

    /// <summary>SentencePiece: spaces at the ends go and runs of spaces become one.</summary>
    public bool RemoveExtraSpaces { get; init; }

    /// <summary>A beginning-of-sequence token goes first.</summary>
    public bool AddBegin { get; init; }

    /// <summary>Beginning-of-sequence id.</summary>
    public int? BeginId { get; init; }

    /// <summary>End-of-sequence id.</summary>
    public int? EndId { get; init; }

    /// <summary>Further ids at which generation stops (end of turn).</summary>
    public IReadOnlyList<int> MoreEndIds { get; init; } = [];

    /// <summary>Unknown-token id.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Jinja chat template of the model, when it has one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Kind of a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TokenKind KindOf(int id) => Kinds.Count == 0 ? TokenKind.Normal : Kinds[id];
}
