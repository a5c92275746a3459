namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>
/// ChatML: <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>. A template may put a system prompt of its own before a conversation
/// that has none; that text is taken from the template.
/// </summary>
sealed class ChatMlStyle(string? defaultSystem) : ChatStyle
{
    private const string Start = "<|im_start|>", Stop = "<|im_end|>";

    /// <summary>The system prompt a conversation without one gets, or null.</summary>
    public string? DefaultSystem => defaultSystem;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Markers { get; } = [Start, Stop];

    /// <summary>The style when the template writes every message the ChatML way.</summary>
    public static ChatMlStyle? TryRecognise(string template)
    {
        const string Turn = "'<|im_start|>'+message['role']+'\n'+message['content']+'<|im_end|>'+'\n'";
        string condensed = Condense(template);
        bool fits = condensed.Contains(Turn, StringComparison.Ordinal)
            || condensed.Contains(Turn.Replace("'<|im_end|>'+'\n'", "'<|im_end|>\n'", StringComparison.Ordinal), StringComparison.Ordinal);
        bool prompts = condensed.Contains("'<|im_start|>assistant\n'", StringComparison.Ordinal);
        bool simple = !condensed.Contains("|trim", StringComparison.Ordinal) && !condensed.Contains("strip(", StringComparison.Ordinal);
        return fits && prompts && simple ? new ChatMlStyle(SystemPrompt(template.Replace("\\n", "\n", StringComparison.Ordinal))) : null;
    }

    /// <inheritdoc/>
    public override void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to)
    {
        CheckRoles(messages);
        if (defaultSystem is not null && messages[0].Role != "system")
        {
            Turn("system", defaultSystem, to);
        }

        foreach (ChatMessage message in messages)
        {
            Turn(message.Role, message.Content, to);
        }

        if (addGenerationPrompt)
        {
            to.Marker(Start);
            to.Text("assistant\n");
        }
    }

    private static void Turn(string role, string content, IChatWriter to)
    {
        to.Marker(Start);
        to.Text(role);
        to.Text("\n");
        to.Text(content);
        to.Marker(Stop);
        to.Text("\n");
    }

    /// <summary>The literal system turn of a template: all in one string, without an expression inside.</summary>
    private static string? SystemPrompt(string template)
    {
        const string Opening = "<|im_start|>system\n";
        for (int at = template.IndexOf(Opening, StringComparison.Ordinal); at >= 0; at = template.IndexOf(Opening, at + 1, StringComparison.Ordinal))
        {
            char quote = at > 0 ? template[at - 1] : '\0';
            ReadOnlySpan<char> rest = template.AsSpan(at + Opening.Length);
            int stop = rest.IndexOf(Stop);
            if (stop > 0 && quote is '\'' or '"' && !rest[..stop].Contains(quote))
            {
                return rest[..stop].ToString();
            }
        }

        return null;
    }
}
