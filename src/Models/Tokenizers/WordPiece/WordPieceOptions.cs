namespace Jmlr.Models.Tokenizers.WordPiece;

/// <summary>What a BERT checkpoint's tokenizer_config.json says about its text.</summary>
public sealed record WordPieceOptions
{
    /// <summary>Lower-case the text (do_lower_case).</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Decompose and drop non-spacing marks (strip_accents); null means as <see cref="LowerCase"/>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Make every Chinese ideograph a word of its own (tokenize_chinese_chars).</summary>
    public bool SplitChinese { get; init; } = true;

    /// <summary>Turn [MASK], [CLS], [SEP], [PAD], [UNK] and added tokens written in the text into their ids. Off by default: documents are untrusted.</summary>
    public bool ParseSpecialTokens { get; init; }

    /// <summary>Name of the padding token; PyLate checkpoints say "[MASK]".</summary>
    public string PadToken { get; init; } = "[PAD]";

    /// <summary>Tokens beyond vocab.txt with their ids (PyLate: "[Q] " and "[D] ").</summary>
    public IReadOnlyDictionary<string, int> AddedTokens { get; init; } = new Dictionary<string, int>();
}
