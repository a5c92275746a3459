using System.Text.Json;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>Recognises the pre-tokenizers of tokenizer.json that we have written out; regular expressions are compared, not run.</summary>
static class PreTokenizerPattern
{
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Name of the splitter that a pre-tokenizer means; others are refused.</summary>
    public static string NameOf(JsonElement element, string path)
    {
        JsonElement[] parts = TokenizerJsonFile.Text(element, "type") == "Sequence"
            && element.TryGetProperty("pretokenizers", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : [element];
        JsonElement last = parts.Length > 0 ? parts[^1] : default;
        if (TokenizerJsonFile.Text(last, "type") == "ByteLevel" && !TokenizerJsonFile.Flag(last, "add_prefix_space"))
        {
            bool gpt2 = !last.TryGetProperty("use_regex", out JsonElement regex) || regex.ValueKind == JsonValueKind.True;
            if (parts.Length == 1 && gpt2)
            {
                return "gpt-2";
            }

            if (parts.Length == 2 && gpt2 && TokenizerJsonFile.Text(parts[0], "type") == "Digits" && TokenizerJsonFile.Flag(parts[0], "individual_digits"))
            {
                return "smollm";
            }

            if (parts.Length == 2 && !gpt2 && TokenizerJsonFile.Text(parts[0], "type") == "Split" && TokenizerJsonFile.Text(parts[0], "behavior") == "Isolated"
                && !TokenizerJsonFile.Flag(parts[0], "invert")
                && parts[0].TryGetProperty("pattern", out JsonElement pattern) && TokenizerJsonFile.Text(pattern, "Regex") == Llama3)
            {
                return "llama-bpe";
            }
        }

        return Throw.Data<string>($"unknown pre-tokenizer '{Throw.Shown(element.GetRawText())}'; those of GPT-2, SmolLM and Llama 3 are known", path);
    }
}
