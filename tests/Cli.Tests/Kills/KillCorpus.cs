using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Jmlr.Cli.Tests.Kills;

/// <summary>A folder that takes about a second to ingest in many commits: JSON lines with versions, pages, an archive, and inputs that are rejected.</summary>
static class KillCorpus
{
    private const int Records = 8_000;
    private static readonly string[] Words = ["give", "oxygen", "dose", "adults", "children", "daily", "review", "renal", "function", "asthma", "before", "after", "monitor", "weeks", "mg", "stop"];

    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Random random = new(3);
        using (StreamWriter lines = new(Path.Combine(folder, "b-records.jsonl")))
        {
            for (int i = 0; i < Records; i++)
            {
                // Every tenth record is an older version of the one before it; some lines are broken.
                string id = i % 10 == 9 ? $"r{i - 1}" : $"r{i}";
                lines.Write(i % 997 == 500 ? "{\"id\":\n" : string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"{id}\",\"title\":\"Record {id}\",\"date\":\"{2020 - (i % 10 == 9 ? 5 : 0)}-03-04\",\"text\":\"{Text(random, 15 + random.Next(30))}\"}}\n"));
            }
        }

        for (int i = 0; i < 20; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"a-page{i:00}.html"), Page(random, i));
        }

        File.WriteAllText(Path.Combine(folder, "c-empty.txt"), "");
        using ZipArchive zip = ZipFile.Open(Path.Combine(folder, "d-more.zip"), ZipArchiveMode.Create);
        for (int i = 0; i < 700; i++)
        {
            using StreamWriter entry = new(zip.CreateEntry($"n{i:0000}.md", CompressionLevel.Fastest).Open());
            entry.Write($"# Note {i}\n\n{Text(random, 40)}\n");
        }
    }

    private static string Page(Random random, int i) =>
        $"<html><body><h1>Page {i}</h1>{string.Concat(Enumerable.Range(0, 12).Select(s => $"<h2>Section {s}</h2><p>{Text(random, 80)}</p><ul><li>{Text(random, 9)}</li></ul>"))}</body></html>";

    private static string Text(Random random, int words)
    {
        StringBuilder text = new();
        for (int i = 0; i < words; i++)
        {
            text.Append(i == 0 ? "" : " ").Append(Words[random.Next(Words.Length)]).Append(random.Next(12) == 0 ? "." : "");
        }

        return text.Append('.').ToString();
    }
}
