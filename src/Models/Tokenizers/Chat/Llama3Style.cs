namespace Jmlr.Models.Tokenizers.Chat;

/// <summary>Llama 3: <c>&lt;|start_header_id|&gt;role&lt;|end_header_id|&gt;\n\ncontent&lt;|eot_id|&gt;</c> after one beginning token; contents are trimmed.</summary>
sealed class Llama3Style : ChatStyle
{
    private const string Open = "<|start_header_id|>", Close = "<|end_header_id|>", Stop = "<|eot_id|>";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Markers { get; } = [Open, Close, Stop];

    /// <summary>The style of Llama 3.0 templates; those of 3.1 with dates and tools in the system turn are another style.</summary>
    public static Llama3Style? TryRecognise(string template)
    {
        string condensed = Condense(template);
        return condensed.Contains("'<|start_header_id|>'+message['role']+'<|end_header_id|>\n\n'+message['content']|trim+'<|eot_id|>'", StringComparison.Ordinal)
            && !condensed.Contains("tools", StringComparison.Ordinal)
            ? new Llama3Style()
            : null;
    }

    /// <inheritdoc/>
    public override void Write(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IChatWriter to)
    {
        CheckRoles(messages);
        to.Begin();
        foreach (ChatMessage message in messages)
        {
            Header(message.Role, to);
            to.Text(message.Content.AsSpan().Trim());
            to.Marker(Stop);
        }

        if (addGenerationPrompt)
        {
            Header("assistant", to);
        }
    }

    private static void Header(string role, IChatWriter to)
    {
        to.Marker(Open);
        to.Text(role);
        to.Marker(Close);
        to.Text("\n\n");
    }
}
