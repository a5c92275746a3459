namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Mistral: <c>&lt;s&gt;[INST] user [/INST] answer&lt;/s&gt;</c>, user and assistant in turn. It knows no system role: a system message stands before the first question.</summary>
sealed class MistralStyle : ChatStyle
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Markers { get; } = [];

    /// <summary>The style when the template has its parts and no system prompt of Llama 2.</summary>
    public static MistralStyle? TryRecognise(string template)
    {
        string condensed = Condense(template);
        return condensed.Contains("bos_token", StringComparison.Ordinal)
            && condensed.Contains("'[INST]'+message['content']+'[/INST]'", StringComparison.Ordinal)
            && condensed.Contains("message['content']+eos_token", StringComparison.Ordinal)
            && !condensed.Contains("<<SYS>>", StringComparison.Ordinal)
            ? new MistralStyle()
            : null;
    }

    /// <inheritdoc/>
    public override void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to)
    {
        CheckRoles(messages);
        int first = messages[0].Role == "system" ? 1 : 0;
        to.Begin();
        for (int i = first; i < messages.Count; i++)
        {
            bool user = ((i - first) & 1) == 0;
            if (messages[i].Role != (user ? "user" : "assistant"))
            {
                Throw.ChatTurns($"message {i} has role '{messages[i].Role}'", "user and assistant in turn, after at most one system message");
            }

            if (user)
            {
                to.Text(i == 1 && first == 1 ? $"[INST] {messages[0].Content}\n\n{messages[i].Content} [/INST]" : $"[INST] {messages[i].Content} [/INST]");
            }
            else
            {
                to.Text(messages[i].Content);
                to.End();
            }
        }
    }
}
