using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Prefix;
using Jmlr.Llm.Torch;
using Jmlr.Llm.Weights;
using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Generation;

/// <summary>Opens generators.</summary>
public static class GeneratorLoader
{
    private const int DefaultContext = 4096;
    private const int MostHalfContext = 2048;
    private const int MostThreads = 64;
    private const int MostPadding = 1024;
    private const long SmallPrefixBytes = 256L << 20;

    /// <summary>
    /// Opens a GGUF file (with its tokenizer) or a Hugging Face folder (config.json, safetensors or PyTorch shards, tokenizer). Memory is checked before
    /// anything is loaded; malformed files are refused.
    /// </summary>
    public static IGenerator Open(string path, GeneratorLoadOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new GeneratorLoadOptions();
        using var checkpoint = LlamaCheckpoint.Open(path);
        if (options.Adapter is string adapter)
        {
            checkpoint.Attach(adapter);
        }

        if (options.RopeLinearFactor is double factor)
        {
            checkpoint.Change(checkpoint.Configuration with { RopeLinearFactor = factor });
        }

        int context = ContextOf(checkpoint.Configuration, options.ContextLength);
        int threads = options.Threads > 0 ? Math.Min(options.Threads, MostThreads) : Math.Clamp(Environment.ProcessorCount, 1, MostThreads);

        // The vocabulary is built beside the repacking: both take about as long for a small model.
        var tokenizer = Task.Run(() => Tokenizer(checkpoint, path, options.Adapter is not null), cancellation);
        ILlamaExecutor? executor = null;
        try
        {
            executor = options.TorchDevice is string device
                ? TorchLlamaExecutor.Load(checkpoint, device, options.Reference, threads, context, cancellation)
                : CpuLlamaExecutor.Load(checkpoint, options.Reference, threads, context, cancellation, Planned(checkpoint, options, context, Memory.MemoryCheck.Available()), options.LongPrompts);
            long prefixBytes = executor is CpuLlamaExecutor own ? options.PrefixCacheBytes ?? PrefixBytes(own, context) : 0;
            return new Generator(path, executor, tokenizer.GetAwaiter().GetResult(), context, prefixBytes, executor is CpuLlamaExecutor ? DiskOf(path, options, executor) : null, options.Hash, options.Adapter);
        }
        catch
        {
            executor?.Dispose();

            // The task reads the mapped file: it must end before the file is closed. Its own error is told only if nothing went wrong before.
            ((IAsyncResult)tokenizer).AsyncWaitHandle.WaitOne();
            throw;
        }
    }

    /// <summary>How keys and values are stored at a context length.</summary>
    internal static KeyValueFormat KeyValuesOf(GeneratorLoadOptions options, int context) =>
        options.Reference ? KeyValueFormat.Full : options.KeyValues ?? (context > MostHalfContext ? KeyValueFormat.Q8 : KeyValueFormat.Half);

    /// <summary>The same for a model in <paramref name="available"/> bytes: 4 bits where nobody asked for more and 8 would not fit.</summary>
    internal static KeyValueFormat Planned(LlamaCheckpoint checkpoint, GeneratorLoadOptions options, int context, long available)
    {
        KeyValueFormat format = KeyValuesOf(options, context);
        return format == KeyValueFormat.Q8 && options.KeyValues is null
            && CpuLlamaExecutor.Plan(checkpoint, reference: false, context, format).Needed > available
            && CpuLlamaExecutor.Plan(checkpoint, reference: false, context, KeyValueFormat.Q4).Needed <= available ? KeyValueFormat.Q4 : format;
    }

    // Room for one more context, or for many prompts of a small model; taken only as prompts come, and never more than a quarter of what loading left.
    private static long PrefixBytes(CpuLlamaExecutor executor, int context) =>
        Math.Min(Math.Max(KeyValueCache.Measure(executor.Configuration, context, executor.KeyValues), SmallPrefixBytes), Math.Max(Memory.MemoryCheck.Available(), 0) / 4);

    // A block may be used by another process only if that would compute the same bits.
    private static PrefixDisk? DiskOf(string path, GeneratorLoadOptions options, ILlamaExecutor executor)
    {
        if (options.PrefixFolder is not string folder)
        {
            return null;
        }

        string weights = options.Hash ?? string.Join('|', new[] { path, options.Adapter }.OfType<string>().SelectMany(FilesOf).Order(StringComparer.Ordinal).Select(Described));
        string identity = FormattableString.Invariant(
            $"{weights} {options.RopeLinearFactor} {options.Reference} {options.LongPrompts} {((CpuLlamaExecutor)executor).KeyValues} {executor.Path} {typeof(GeneratorLoader).Module.ModuleVersionId}");
        return new PrefixDisk(Path.Combine(folder, $"prompts-{ContentHash.Of(weights)[..16]}.kv"), identity, options.PrefixFileBytes);

        static IEnumerable<string> FilesOf(string at) => Directory.Exists(at) ? Directory.EnumerateFiles(at) : [at];

        static string Described(string file) => FormattableString.Invariant($"{Path.GetFullPath(file)} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file):O}");
    }

    /// <summary>The context length to use when <paramref name="wanted"/> is asked for (0: the model's own, at most 4096).</summary>
    internal static int ContextOf(LlamaConfiguration configuration, int wanted) =>
        wanted == 0 ? Math.Min(configuration.ContextLength, DefaultContext)
        : wanted < 0 || wanted > configuration.ContextLength ? Refuse(configuration, wanted)
        : wanted;

    private static int Refuse(LlamaConfiguration configuration, int wanted)
    {
        Throw.Usage($"context length {wanted}: this model takes 1 to {configuration.ContextLength}");
        return 0;
    }

    /// <summary>Whether a tokenizer may belong to an embedding of so many rows: a token without a row may not be, and padding goes up to a multiple of some hundreds at most.</summary>
    internal static bool Fits(int tokens, int rows) => tokens <= rows && rows - tokens < MostPadding;

    private static GeneratorTokenizer Tokenizer(LlamaCheckpoint checkpoint, string path, bool mayGrow)
    {
        int rows = checkpoint.Configuration.VocabularySize;
        if (checkpoint.Source is GgufFile file)
        {
            var tokenizer = GeneratorTokenizer.FromGguf(file);
            return tokenizer.VocabularySize == rows || (mayGrow && tokenizer.VocabularySize < rows) ? tokenizer : Throw.Data<GeneratorTokenizer>(file.Path, $"the tokenizer has {tokenizer.VocabularySize} tokens, the embedding {rows} rows");
        }

        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var own = GeneratorTokenizer.FromFolder(folder);

        return Fits(own.VocabularySize, rows) ? own : Throw.Data<GeneratorTokenizer>(folder, $"the tokenizer has {own.VocabularySize} tokens, the embedding {rows} rows: it belongs to another model");
    }
}
