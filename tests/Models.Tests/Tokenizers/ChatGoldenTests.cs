using System.Text.Json;
using Jmlr.Models.Tokenizers;
using static Jmlr.Models.Tests.Tokenizers.GeneratorGoldens;

namespace Jmlr.Models.Tests.Tokenizers;

public sealed class ChatGoldenTests
{
    [Fact]
    public void ChatMl_has_the_reference_ids()
    {
        GeneratorTokenizer tokenizer = Gguf(SmolLm2);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/llama/smollm2/chat_template.json")));
        int exact = 0, guarded = 0;
        foreach (JsonElement item in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            ChatMessage[] messages = [.. item.GetProperty("messages").EnumerateArray()
                .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];
            List<int> ids = [];
            tokenizer.EncodeChat(messages, item.GetProperty("add_generation_prompt").GetBoolean(), ids);

            // The reference parses special tokens everywhere, contents included; the text itself must agree with its own ids.
            Assert.Null(Differs(Ids(tokenizer, item.GetProperty("text").GetString()!, parse: true), item.GetProperty("ids")));
            if (messages.Any(message => message.Content.Contains("<|", StringComparison.Ordinal)))
            {
                guarded++;
                Assert.NotNull(Differs(ids, item.GetProperty("ids")));
                int turns = messages.Length + (messages[0].Role == "system" ? 0 : 1);
                Assert.Equal(turns, ids.Count(id => id == 2));
            }
            else
            {
                exact++;
                Assert.Null(Differs(ids, item.GetProperty("ids")));
            }
        }

        Assert.Equal((10, 2), (exact, guarded));
    }
}
