using System.Globalization;
using System.Text;
using System.Text.Json;
using Jmlr.Models.Randomness;

namespace Jmlr.Bench.Ingest;

/// <summary>
/// Made files of text records of any length, for measurements of what does not fit in memory: headings, paragraphs, lists and grades of words drawn from a vocabulary, the common ones
/// oftener, always the same for the same arguments.
/// </summary>
static class RecordFiles
{
    /// <summary>Writes a file of about <paramref name="bytes"/> bytes; a record has about <paramref name="characters"/> characters, some a fifth of that and some five times as many.</summary>
    /// <param name="layout">"jsonl" (as Meditron's guidelines), "json" (an array of the same), "csv" (quoted fields over several lines), "tsv" (ColBERT's collections).</param>
    /// <param name="vocabulary">A vocab.txt.</param>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="characters">Length of a record.</param>
    public static void Write(string layout, string vocabulary, string path, long bytes, int characters)
    {
        string[] words = [.. File.ReadLines(vocabulary).Where(static word => word.Length > 1 && word.All(char.IsAsciiLetterLower))];
        SplitMix64 random = new(7);
        using StreamWriter file = new(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.Write(layout switch { "json" => "[\n", "csv" => "id,title,text\n", _ => "" });
        long written = 0;
        for (int i = 0; written < bytes; i++)
        {
            double share = random.NextDouble();
            string title = Sentence(words, ref random, 8), text = Text(words, ref random, (int)(characters * 0.2 * Math.Pow(25, share)));
            string record = layout switch
            {
                "csv" => string.Create(CultureInfo.InvariantCulture, $"d{i},\"{title.Replace("\"", "\"\"", StringComparison.Ordinal)}\",\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n"),
                "tsv" => string.Create(CultureInfo.InvariantCulture, $"{i}\t{text.Replace('\n', ' ')}\t{title}\n"),
                _ => $"{(layout == "json" && i > 0 ? ",\n" : "")}{JsonSerializer.Serialize(new Dictionary<string, string> { ["id"] = $"d{i}", ["source"] = "made", ["title"] = title, ["clean_text"] = text, ["url"] = $"https://example.org/{i}" })}{(layout == "json" ? "" : "\n")}",
            };
            file.Write(record);
            written += record.Length; // ASCII
        }

        file.Write(layout == "json" ? "\n]\n" : "");
    }

    private static string Text(string[] words, ref SplitMix64 random, int characters)
    {
        StringBuilder text = new(characters + 200);
        while (text.Length < characters)
        {
            text.Append("# ").AppendLine(Sentence(words, ref random, 5)).AppendLine();
            for (int paragraph = 0; paragraph < 4 && text.Length < characters; paragraph++)
            {
                for (int sentence = 0; sentence < 5; sentence++)
                {
                    text.Append(Sentence(words, ref random, 18)).Append(sentence == 2 ? " (Grade B). " : ". ");
                }

                text.Append("\n\n- ").Append(Sentence(words, ref random, 9)).Append("\n- \"").Append(Sentence(words, ref random, 12)).Append("\"\n\n");
            }
        }

        return text.Replace("\r", "").ToString();
    }

    private static string Sentence(string[] words, ref SplitMix64 random, int length)
    {
        StringBuilder text = new();
        for (int i = 0; i < length; i++)
        {
            double draw = random.NextDouble();
            string word = words[(int)(words.Length * draw * draw * draw)];
            text.Append(i == 0 ? char.ToUpperInvariant(word[0]) : ' ').Append(word, i == 0 ? 1 : 0, word.Length - (i == 0 ? 1 : 0));
        }

        return text.ToString();
    }
}
