using Jmlr.Llm.Execution;
using Jmlr.Llm.Generation;
using Jmlr.Llm.Weights;

namespace Jmlr.Bench.Llm;

/// <summary>
/// How far the 8-bit products and each format of keys and values go from fp32 over a text, in windows of 512 tokens. A change of perplexity comes with its
/// standard error: over one window it is as large as the change itself.
/// </summary>
static class DivergenceBench
{
    private const int Window = 512, Step = 64;
    private static readonly KeyValueFormat[] s_formats = [KeyValueFormat.Full, KeyValueFormat.Half, KeyValueFormat.Q8, KeyValueFormat.Q4];

    /// <summary>Reads <paramref name="textPath"/> (UTF-8) up to <paramref name="windows"/> windows.</summary>
    internal static void Run(string modelPath, string textPath, int windows, int threads, TextWriter to)
    {
        List<int> ids = [];
        using (IGenerator generator = GeneratorLoader.Open(modelPath, new GeneratorLoadOptions { Threads = threads, ContextLength = Window }))
        {
            generator.Tokenizer.EncodeIds(File.ReadAllText(textPath), parseSpecial: false, ids);
        }

        using CpuLlamaExecutor reference = Load(modelPath, threads, true, KeyValueFormat.Full);
        CpuLlamaExecutor[] executors = [.. s_formats.Select(format => Load(modelPath, threads, false, format))];
        Sums[] sums = [.. s_formats.Select(_ => new Sums())];
        double total = 0;
        int count = 0, vocabulary = reference.Configuration.VocabularySize;
        float[] expected = new float[Step * vocabulary], actual = new float[Step * vocabulary];
        for (int window = 0; window < windows && window * Window + 1 < ids.Count; window++)
        {
            int end = Math.Min((window + 1) * Window, ids.Count);
            using IKeyValueCache cache = reference.CreateCache(Window);
            IKeyValueCache[] caches = [.. executors.Select(executor => executor.CreateCache(Window))];
            for (int at = window * Window; at < end - 1; at += Step)
            {
                int tokens = Math.Min(Step, end - 1 - at);
                int[] step = [.. ids.Skip(at).Take(tokens)];
                reference.Forward(step, cache, expected.AsSpan(0, tokens * vocabulary));
                for (int e = 0; e < executors.Length; e++)
                {
                    executors[e].Forward(step, caches[e], actual.AsSpan(0, tokens * vocabulary));
                    for (int i = 0; i < tokens; i++)
                    {
                        sums[e].Add(expected.AsSpan(i * vocabulary, vocabulary), actual.AsSpan(i * vocabulary, vocabulary), ids[at + i + 1]);
                    }
                }

                for (int i = 0; i < tokens; i++, count++)
                {
                    total -= LogProbability.Of(expected.AsSpan(i * vocabulary, vocabulary), ids[at + i + 1]);
                }
            }

            Array.ForEach(caches, one => one.Dispose());
        }

        to.WriteLine($"{count} tokens of {Path.GetFileName(textPath)}, perplexity in fp32 {Math.Exp(total / count):F3}");
        for (int e = 0; e < executors.Length; e++)
        {
            to.WriteLine($"8-bit products, keys and values {s_formats[e],-4}: {sums[e].Describe()}");
            executors[e].Dispose();
        }
    }

    private static CpuLlamaExecutor Load(string path, int threads, bool reference, KeyValueFormat format)
    {
        using var checkpoint = LlamaCheckpoint.Open(path);
        return CpuLlamaExecutor.Load(checkpoint, reference, threads, Window, CancellationToken.None, format);
    }

    private sealed class Sums
    {
        private readonly List<double> _changes = [];
        private double _divergence, _worst;

        internal void Add(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int next)
        {
            double logExpected = LogProbability.Of(expected, next), logActual = LogProbability.Of(actual, next), kl = 0;
            double a = expected[next] - logExpected, b = actual[next] - logActual; // what turns a logit into a logarithm of its probability
            for (int i = 0; i < expected.Length; i++)
            {
                double log = expected[i] - a;
                kl += Math.Exp(log) * (log - (actual[i] - b));
            }

            _changes.Add(logExpected - logActual);
            _divergence += kl;
            _worst = Math.Max(_worst, kl);
        }

        internal string Describe()
        {
            double mean = _changes.Average(), error = Math.Sqrt(_changes.Sum(change => (change - mean) * (change - mean)) / _changes.Count / (_changes.Count - 1));
            return FormattableString.Invariant($"perplexity {Math.Exp(mean) - 1:+0.00%;-0.00%} (standard error {error:0.00%}), mean divergence {_divergence / _changes.Count:F4}, largest {_worst:F3}");
        }
    }
}
