using Jmlr.Llm.Generation;
using Jmlr.Llm.Weights;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Export;

/// <summary>What to write.</summary>
/// <param name="Source">GGUF file or Hugging Face folder.</param>
/// <param name="Output">GGUF file to write.</param>
/// <param name="Type">Type of most matrices.</param>
public sealed record ExportRequest(string Source, string Output, TensorType Type)
{
    /// <summary>Folder of a PEFT LoRA adapter to merge in fp32, or null.</summary>
    public string? Adapter { get; init; }

    /// <summary>Linear RoPE factor to write whatever the model says; null keeps the model's own.</summary>
    public double? RopeLinearFactor { get; init; }

    /// <summary>A text on which the perplexity before and after is measured, or null.</summary>
    public string? Text { get; init; }

    /// <summary>Threads for measuring.</summary>
    public int Threads { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Before">Perplexity of the source with its adapter, or null.</param>
/// <param name="After">Perplexity of the file written, or null.</param>
public sealed record ExportResult(long Bytes, double? Before, double? After);

/// <summary>Converts, quantises and merges models into GGUF files.</summary>
public static class ModelExport
{
    /// <summary>Writes the file; it appears whole or not at all.</summary>
    public static ExportResult Run(ExportRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Quantiser.Writes(request.Type))
        {
            Throw.Usage($"type {request.Type}: F32, F16, BF16, Q8_0, Q4_0 and Q4_1 are written");
        }

        if (Path.GetFullPath(request.Output) == Path.GetFullPath(request.Source))
        {
            Throw.Usage($"'{request.Output}' is the source itself");
        }

        string? folder = Path.GetDirectoryName(Path.GetFullPath(request.Output));
        if (!Directory.Exists(folder))
        {
            Throw.Operation($"no such folder: '{folder}'");
        }

        using (var checkpoint = LlamaCheckpoint.Open(request.Source))
        {
            if (request.Adapter is string adapter)
            {
                checkpoint.Attach(adapter);
            }

            if (request.RopeLinearFactor is double factor)
            {
                checkpoint.Change(checkpoint.Configuration with { RopeLinearFactor = factor });
            }

            GeneratorTokenizer tokenizer = checkpoint.Source is GgufFile file ? GeneratorTokenizer.FromGguf(file) : GeneratorTokenizer.FromFolder(FolderOf(request.Source));
            GgufExport.Write(checkpoint, tokenizer.Vocabulary, request.Type, Path.GetFileNameWithoutExtension(request.Output), request.Output, cancellation);
        }

        return new ExportResult(
            new FileInfo(request.Output).Length,
            request.Text is null ? null : Measure(request.Source, request, cancellation),
            request.Text is null ? null : Measure(request.Output, request with { Adapter = null, RopeLinearFactor = null }, cancellation));
    }

    private static string FolderOf(string source) => Directory.Exists(source) ? source : Path.GetDirectoryName(Path.GetFullPath(source))!;

    private static double Measure(string path, ExportRequest request, CancellationToken cancellation)
    {
        using IGenerator generator = GeneratorLoader.Open(
            path,
            new GeneratorLoadOptions { Threads = request.Threads, Adapter = request.Adapter, RopeLinearFactor = request.RopeLinearFactor, PrefixCacheBytes = 0 },
            cancellation);
        List<int> ids = [];
        if (generator.Tokenizer.BeginId is int begin)
        {
            ids.Add(begin);
        }

        generator.Tokenizer.EncodeIds(request.Text, parseSpecial: false, ids);
        return Perplexity.Of(generator.Executor, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), cancellation);
    }
}
