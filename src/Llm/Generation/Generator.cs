using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Grammar;
using Jmlr.Llm.Prefix;
using Jmlr.Models.Files;
using Jmlr.Models.Randomness;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Generation;

/// <summary>Executor, tokenizer and what stays computed between calls (<see cref="TokenRunner"/>).</summary>
sealed class Generator : IGenerator
{
    private readonly string _path;
    private readonly TokenRunner _runner;
    private readonly TokenSampler _sampler;
    private readonly OptionTokens _options;
    private readonly string? _adapter;
    private string? _hash;

    internal Generator(string path, ILlamaExecutor executor, IGeneratorTokenizer tokenizer, int contextLength, long prefixBytes, PrefixDisk? disk, string? hash, string? adapter)
    {
        _path = path;
        Executor = executor;
        Tokenizer = tokenizer;
        ContextLength = contextLength;
        _hash = hash;
        _adapter = adapter;
        _runner = new TokenRunner(path, executor, contextLength, prefixBytes, disk);
        _sampler = new TokenSampler(executor.Configuration.VocabularySize);
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
        Span<float> logits = _runner.Start(prompt, cancellation);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        var stream = new TextStream(options.Stop, onText);
        var random = new SplitMix64(options.Seed);
        int most = Math.Min(options.MaxTokens, ContextLength - prompt.Count), generated = 0;
        TokenConstraint? constraint = options.Output is null ? null : new TokenConstraint(options.Output, Tokenizer);
        FinishReason reason = FinishReason.Length;
        while (generated < most)
        {
            cancellation.ThrowIfCancellationRequested();
            constraint?.Mask(logits);
            int token = _sampler.Next(logits, _runner.Context, options, ref random);
            generated++;
            if (Tokenizer.EndIds.Contains(token))
            {
                reason = FinishReason.EndOfText;
                break;
            }

            constraint?.Take(token);
            if (stream.Add(token < Tokenizer.VocabularySize ? Tokenizer.TokenBytes(token) : []))
            {
                return Result(FinishReason.StopText);
            }

            if (constraint is { Complete: true })
            {
                reason = FinishReason.EndOfText;
                break;
            }

            if (generated < most)
            {
                logits = _runner.Next(token, most - generated, options.PromptLookup, cancellation);
            }
        }

        return Result(stream.Finish() ? FinishReason.StopText : reason);

        GenerationResult Result(FinishReason why) => new(stream.Text, why, prompt.Count, generated, prefill, Stopwatch.GetElapsedTime(start))
        {
            ReusedTokens = _runner.Reused,
            LookedUpTokens = _runner.Held,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<OptionScore> ScoreOptions(IReadOnlyList<int> prompt, IReadOnlyList<string> letters, CancellationToken cancellation)
    {
        int[][] tokens = [.. letters.Select(_options.Of)];
        double[] logits = Array.ConvertAll(_runner.Start(prompt, cancellation).ToArray(), logit => (double)logit);
        double total = LogSumExp(logits);
        double[] logs = [.. tokens.Select(ids => LogSumExp([.. ids.Select(id => logits[id])]) - total)];
        double among = logs.Length == 0 ? 0 : LogSumExp(logs);
        return [.. letters.Select((letter, i) => new OptionScore(letter, Math.Exp(logs[i] - among), logs[i]))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<OptionScore>> ScoreOptions(IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<string> letters, CancellationToken cancellation)
    {
        var scores = new IReadOnlyList<OptionScore>[prompts.Count];
        foreach (int place in PromptOrder.Of(prompts))
        {
            scores[place] = ScoreOptions(prompts[place], letters, cancellation);
        }

        return scores;
    }

    /// <inheritdoc/>
    public IReadOnlyList<TextScore> ScoreTexts(IReadOnlyList<int> prompt, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        if (texts.Count == 0)
        {
            return [];
        }

        List<int>[] tokens = [.. texts.Select(Continuation)];
        double[] first = Array.ConvertAll(_runner.Start(prompt, cancellation).ToArray(), logit => (double)logit);
        double total = LogSumExp(first);
        double[] means = [.. tokens.Select(ids => (first[ids[0]] - total + _runner.LogProbabilityOfRest(CollectionsMarshal.AsSpan(ids), cancellation)) / ids.Count)];
        double among = LogSumExp(means);
        return [.. texts.Select((text, i) => new TextScore(text, Math.Exp(means[i] - among), means[i], tokens[i].Count))];
    }

    // As it stands behind other words: with a space before it, which some tokenizers put there themselves.
    private List<int> Continuation(string text)
    {
        List<int> ids = [];
        Tokenizer.EncodeIds(text, parseSpecial: false, ids);
        if (ids.Count > 0 && !Tokenizer.TokenBytes(ids[0]).StartsWith(" "u8))
        {
            ids.Clear();
            Tokenizer.EncodeIds(" " + text, parseSpecial: false, ids);
        }

        if (ids.Count == 0)
        {
            Throw.Usage("an option without text cannot be scored");
        }

        return ids;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        Executor.Dispose();
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
