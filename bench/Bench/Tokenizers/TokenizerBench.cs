using System.Diagnostics;
using System.Text;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Tokenizers;

/// <summary>Speed of a tokenizer over paragraphs: best of five passes, single thread.</summary>
static class TokenizerBench
{
    /// <summary>Start-up and speed of a retriever's vocab.txt and a generator's GGUF file over a text; start-up counts only in a fresh process.</summary>
    public static void Run(string vocabulary, string gguf, string text, TextWriter to)
    {
        long start = Stopwatch.GetTimestamp();
        WordPieceTokenizer retriever = WordPieceTokenizer.FromFile(vocabulary);
        to.WriteLine($"wordpiece: built in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
        using GgufFile file = new(gguf);
        start = Stopwatch.GetTimestamp();
        GeneratorTokenizer generator = GeneratorTokenizer.FromGguf(file);
        to.WriteLine($"generator: built in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
        string corpus = File.ReadAllText(text);
        Measure("wordpiece", retriever, corpus, to);
        Measure("generator", generator, corpus, to);
    }

    /// <summary>Encodes and counts every paragraph of <paramref name="text"/> and writes MB/s, tokens/s and bytes allocated per input byte.</summary>
    public static void Measure(string label, ITextTokenizer tokenizer, string text, TextWriter to)
    {
        string[] paragraphs = [.. text.Split("\n\n").Where(static part => part.Length > 0)];
        double megabytes = paragraphs.Sum(Encoding.UTF8.GetByteCount) / 1e6;
        List<TokenSpan> tokens = new(1 << 16);
        (double encode, long count) = Best(paragraphs, part =>
        {
            tokens.Clear();
            tokenizer.Encode(part, tokens);
            return tokens.Count;
        });
        (double counting, _) = Best(paragraphs, part => tokenizer.Count(part));
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (string part in paragraphs)
        {
            tokens.Clear();
            tokenizer.Encode(part, tokens);
        }

        double allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (megabytes * 1e6);
        to.WriteLine($"{label}: encode {megabytes / encode:F1} MB/s, {count / encode / 1e6:F2} Mtokens/s, count {megabytes / counting:F1} MB/s, {allocated:F3} B allocated per byte, {megabytes:F2} MB, {count} tokens");
    }

    private static (double Seconds, long Count) Best(string[] paragraphs, Func<string, int> run)
    {
        double best = double.MaxValue;
        long count = 0;
        for (int pass = 0; pass < 5; pass++)
        {
            count = 0;
            long start = Stopwatch.GetTimestamp();
            foreach (string part in paragraphs)
            {
                count += run(part);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return (best, count);
    }
}
