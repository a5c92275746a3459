namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>What a token is for (values of <c>tokenizer.ggml.token_type</c> and of a SentencePiece piece).</summary>
public enum TokenKind
{
    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary cannot write.</summary>
    Unknown = 2,

    /// <summary>A marker such as end of sequence; never produced from untrusted text.</summary>
    Control = 3,

    /// <summary>A piece matched before all others.</summary>
    UserDefined = 4,

    /// <summary>A row the model does not use.</summary>
    Unused = 5,

    /// <summary>One byte, written &lt;0xHH&gt;.</summary>
    Byte = 6,
}
