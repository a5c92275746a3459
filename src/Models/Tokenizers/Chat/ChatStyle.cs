namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Takes a conversation apart into markers and text, in order.</summary>
interface IChatWriter
{
    /// <summary>A special token, by its text.</summary>
    void Marker(string token);

    /// <summary>The beginning-of-sequence token.</summary>
    void Begin();

    /// <summary>The end-of-sequence token.</summary>
    void End();

    /// <summary>Plain text; joined with neighbouring text before it is cut into tokens, and never searched for special tokens.</summary>
    void Text(ReadOnlySpan<char> text);
}

/// <summary>A family of chat templates. Jinja is not run: a template is recognised by its parts, and refused when it is not.</summary>
abstract class ChatStyle
{
    /// <summary>Special tokens the style needs.</summary>
    public abstract IReadOnlyList<string> Markers { get; }

    /// <summary>Writes a conversation.</summary>
    public abstract void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to);

    /// <summary>The style of a template, or null when no style fits.</summary>
    public static ChatStyle? Recognise(string template) =>
        (ChatStyle?)ChatMlStyle.TryRecognise(template) ?? (ChatStyle?)Llama3Style.TryRecognise(template) ?? (ChatStyle?)Llama2Style.TryRecognise(template)
        ?? (ChatStyle?)ZephyrStyle.TryRecognise(template) ?? MistralStyle.TryRecognise(template);

    /// <summary>A template without white space, dashes of tags and kinds of quotes, so that spellings of one expression compare equal.</summary>
    protected static string Condense(string template)
    {
        string text = template.Replace("\\n", "\n", StringComparison.Ordinal).Replace('"', '\'')
            .Replace("message.role", "message['role']", StringComparison.Ordinal)
            .Replace("message.content", "message['content']", StringComparison.Ordinal);
        return string.Concat(text.Where(static unit => unit is '\n' || !char.IsWhiteSpace(unit)));
    }

    /// <summary>Refuses roles and orders that no template here can write.</summary>
    protected static void CheckRoles(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0)
        {
            Throw.ChatTurns("no messages", "at least one");
        }

        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is not ("system" or "user" or "assistant"))
            {
                Throw.ChatTurns($"message {i} has role '{Throw.Shown(messages[i].Role)}'", "system, user, assistant");
            }
        }
    }
}
