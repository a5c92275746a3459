using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Tokenizers;

/// <summary>Every refusal of the tokenizers.</summary>
static class Throw
{
    [DoesNotReturn]
    public static void Data(string what, string path, long? offset = null, Exception? inner = null) =>
        throw new JmlrDataException(what, path, offset, inner);

    [DoesNotReturn]
    public static T Data<T>(string what, string path, long? offset = null, Exception? inner = null) =>
        throw new JmlrDataException(what, path, offset, inner);

    [DoesNotReturn]
    public static T MissingFile<T>(string path, string why) =>
        throw new JmlrOperationException($"{path}: cannot read the tokenizer file ({why})");

    [DoesNotReturn]
    public static void NoChatTemplate(string path) =>
        throw new JmlrOperationException($"{path}: the model has no chat template; give plain prompts, or use an instruction-tuned model");

    [DoesNotReturn]
    public static void UnknownChatTemplate(string path, string template) =>
        throw new JmlrOperationException(
            $"{path}: unknown chat template '{Shown(template)}'; known are ChatML, Llama 2 [INST] and Llama 3 headers");

    [DoesNotReturn]
    public static void ChatTurns(string what, string allowed) =>
        throw new ArgumentException($"chat: {what}; allowed: {allowed}");

    [DoesNotReturn]
    public static void TokenIdOutOfRange(int id, int count) =>
        throw new ArgumentOutOfRangeException(nameof(id), id, $"token id must be in 0..{count - 1}");

    [DoesNotReturn]
    public static int NoSuchToken(string token) =>
        throw new ArgumentException($"token '{Shown(token)}' is not in the vocabulary");

    /// <summary>The first 80 characters on one line, control characters as spaces.</summary>
    internal static string Shown(string text)
    {
        string cut = text.Length > 80 ? text[..80] + "..." : text;
        return string.Create(cut.Length, cut, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        });
    }
}
