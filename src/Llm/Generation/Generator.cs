using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Jmlr.Llm.Execution;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Generation;

/// <summary>Executor, tokenizer and one cache: the longest common beginning of the last prompt and answer stays computed.</summary>
sealed class Generator : IGenerator
{
    private readonly string _path;
    private readonly IKeyValueCache _cache;
    private readonly List<int> _cached = []; // the tokens in the cache
    private readonly List<int> _context = []; // prompt and answer so far
    private readonly float[] _logits;
    private readonly TokenSampler _sampler;
    private readonly OptionTokens _options;
    private readonly string? _adapter;
    private string? _hash;

    internal Generator(string path, ILlamaExecutor executor, IGeneratorTokenizer tokenizer, int contextLength, string? hash, string? adapter)
    {
        _path = path;
        Executor = executor;
        Tokenizer = tokenizer;
        ContextLength = contextLength;
        _hash = hash;
        _adapter = adapter;
        _cache = executor.CreateCache(contextLength);
        _logits = new float[executor.Configuration.VocabularySize];
        _sampler = new TokenSampler(_logits.Length);
        _options = new OptionTokens(tokenizer);
    }

    /// <inheritdoc/>
    public IGeneratorTokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public ILlamaExecutor Executor { get; }

    /// <inheritdoc/>
    public string Hash => _hash ??= _adapter is null ? HashOf(_path) : ContentHash.Of(HashOf(_path) + HashOf(_adapter));

    /// <inheritdoc/>
    public int ContextLength { get; }

    /// <inheritdoc/>
    public GenerationResult Generate(IReadOnlyList<int> prompt, GenerationOptions options, Action<string>? onText, CancellationToken cancellation)
    {
        GenerationOptionsCheck.Require(options);
        long start = Stopwatch.GetTimestamp();
        Prefill(prompt, cancellation);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        var stream = new TextStream(options.Stop, onText);
        var random = new SplitMix(options.Seed);
        int most = Math.Min(options.MaxTokens, ContextLength - prompt.Count), generated = 0;
        FinishReason reason = FinishReason.Length;
        while (generated < most)
        {
            cancellation.ThrowIfCancellationRequested();
            int token = _sampler.Next(_logits, CollectionsMarshal.AsSpan(_context), options, ref random);
            generated++;
            if (Tokenizer.EndIds.Contains(token))
            {
                reason = FinishReason.EndOfText;
                break;
            }

            if (stream.Add(token < Tokenizer.VocabularySize ? Tokenizer.TokenBytes(token) : []))
            {
                return Result(FinishReason.StopText);
            }

            _context.Add(token);
            if (generated < most)
            {
                Run(CollectionsMarshal.AsSpan(_context)[^1..], cancellation);
            }
        }

        return Result(stream.Finish() ? FinishReason.StopText : reason);

        GenerationResult Result(FinishReason why) => new(stream.Text, why, prompt.Count, generated, prefill, Stopwatch.GetElapsedTime(start));
    }

    /// <inheritdoc/>
    public IReadOnlyList<OptionScore> ScoreOptions(IReadOnlyList<int> prompt, IReadOnlyList<string> letters, CancellationToken cancellation)
    {
        int[][] tokens = [.. letters.Select(_options.Of)];
        Prefill(prompt, cancellation);
        double total = LogSumExp([.. _logits.Select(logit => (double)logit)]);
        double[] logs = [.. tokens.Select(ids => LogSumExp([.. ids.Select(id => (double)_logits[id])]) - total)];
        double among = logs.Length == 0 ? 0 : LogSumExp(logs);
        return [.. letters.Select((letter, i) => new OptionScore(letter, Math.Exp(logs[i] - among), logs[i]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        Executor.Dispose();
    }

    /// <summary>Brings the cache to the prompt and leaves the logits after it.</summary>
    private void Prefill(IReadOnlyList<int> prompt, CancellationToken cancellation)
    {
        if (prompt.Count == 0)
        {
            Throw.Usage("the prompt is empty");
        }

        if (prompt.Count > ContextLength)
        {
            Throw.CacheFull(0, prompt.Count, ContextLength);
        }

        _context.Clear();
        _context.AddRange(prompt);
        ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(_context);

        // The last token is run again in any case: its logits are needed.
        int common = Math.Min(tokens.CommonPrefixLength(CollectionsMarshal.AsSpan(_cached)), tokens.Length - 1);
        _cache.Truncate(common);
        _cached.RemoveRange(common, _cached.Count - common);
        Run(tokens[common..], cancellation);
    }

    private void Run(ReadOnlySpan<int> tokens, CancellationToken cancellation)
    {
        Executor.Forward(tokens, _cache, _logits, cancellation);
        _cached.AddRange(tokens);
        if (!float.IsFinite(TensorPrimitives.Sum<float>(_logits)))
        {
            Throw.NotFinite(_path);
        }
    }

    private static double LogSumExp(ReadOnlySpan<double> values)
    {
        double max = TensorPrimitives.Max(values), sum = 0;
        foreach (double value in values)
        {
            sum += Math.Exp(value - max);
        }

        return max + Math.Log(sum);
    }

    private static string HashOf(string path) => File.Exists(path)
        ? ContentHash.OfFile(path)
        : ContentHash.Of(string.Join('\n', Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {ContentHash.OfFile(file)}")));
}
