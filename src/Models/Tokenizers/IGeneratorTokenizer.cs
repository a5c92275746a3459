namespace Jmlr.Models.Tokenizers;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Content">Untrusted text; special tokens written in it stay plain text.</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>Tokenizer of a Llama-architecture generator.</summary>
public interface IGeneratorTokenizer : ITextTokenizer
{
    /// <summary>Beginning-of-sequence id to put first, or null when the model wants none.</summary>
    int? BeginId { get; }

    /// <summary>Ids at which generation stops.</summary>
    IReadOnlySet<int> EndIds { get; }

    /// <summary>Appends the ids of <paramref name="text"/>; special tokens in it are parsed only when <paramref name="parseSpecial"/> (trusted text).</summary>
    void EncodeIds(ReadOnlySpan<char> text, bool parseSpecial, List<int> ids);

    /// <summary>Bytes of one token (may be part of a UTF-8 sequence; empty for control tokens).</summary>
    ReadOnlySpan<byte> TokenBytes(int id);

    /// <summary>True when the model has a chat template.</summary>
    bool HasChatTemplate { get; }

    /// <summary>Appends the ids of a conversation in the model's template, contents encoded without parsing special tokens.</summary>
    void EncodeChat(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, List<int> ids);
}
