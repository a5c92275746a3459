namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Zephyr and TinyLlama: <c>&lt;|role|&gt;\ncontent&lt;/s&gt;\n</c>; the role marks are plain text, only the end is a special token.</summary>
sealed class ZephyrStyle : ChatStyle
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Markers { get; } = [];

    /// <summary>The style when the template writes all three roles this way.</summary>
    public static ZephyrStyle? TryRecognise(string template)
    {
        string condensed = Condense(template);
        return Array.TrueForAll((string[])["system", "user", "assistant"], role => condensed.Contains($"'<|{role}|>\n'+message['content']+eos_token", StringComparison.Ordinal))
            && condensed.Contains("'<|assistant|>'", StringComparison.Ordinal)
            ? new ZephyrStyle()
            : null;
    }

    /// <inheritdoc/>
    public override void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to)
    {
        CheckRoles(messages);
        foreach (ChatMessage message in messages)
        {
            to.Text($"<|{message.Role}|>\n{message.Content}");
            to.End();
            to.Text("\n");
        }

        if (addGenerationPrompt)
        {
            to.Text("<|assistant|>\n");
        }
    }
}
