namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Llama 2: <c>&lt;s&gt;[INST] &lt;&lt;SYS&gt;&gt;\nsystem\n&lt;&lt;/SYS&gt;&gt;\n\nuser [/INST] answer &lt;/s&gt;</c>, user and assistant in turn.</summary>
sealed class Llama2Style : ChatStyle
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Markers { get; } = [];

    /// <summary>The style when the template has its parts.</summary>
    public static Llama2Style? TryRecognise(string template)
    {
        string condensed = Condense(template);
        return condensed.Contains("bos_token+'[INST]'+content", StringComparison.Ordinal)
            && condensed.Contains("'<<SYS>>\n'+system_message+'\n<</SYS>>\n\n'", StringComparison.Ordinal)
            ? new Llama2Style()
            : null;
    }

    /// <inheritdoc/>
    public override void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to)
    {
        CheckRoles(messages);
        int first = messages[0].Role == "system" ? 1 : 0;
        for (int i = first; i < messages.Count; i++)
        {
            bool user = ((i - first) & 1) == 0;
            if (messages[i].Role != (user ? "user" : "assistant"))
            {
                Throw.ChatTurns($"message {i} has role '{messages[i].Role}'", "user and assistant in turn, after at most one system message");
            }

            string content = messages[i].Content;
            if (!user)
            {
                to.Text(" ");
                to.Text(content.AsSpan().Trim());
                to.Text(" ");
                to.End();
                continue;
            }

            to.Begin();
            to.Text("[INST] ");
            to.Text((i == first && first == 1 ? $"<<SYS>>\n{messages[0].Content}\n<</SYS>>\n\n{content}" : content).AsSpan().Trim());
            to.Text(" [/INST]");
        }
    }
}
