using Jmlr.Models.Errors;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Models.Weights;

/// <summary>Opens a checkpoint whatever its format.</summary>
public static class WeightSource
{
    private static readonly string[] FolderFiles =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.safetensors", "adapter_model.bin"];

    /// <summary>Opens a file (recognised by its content) or a Hugging Face folder.</summary>
    public static IWeightSource Open(string path)
    {
        if (Directory.Exists(path))
        {
            string? file = FolderFiles.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? Directory.EnumerateFiles(path, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();
            return file is null
                ? throw new JmlrOperationException($"no weights in '{path}': looked for {string.Join(", ", FolderFiles)} and *.gguf")
                : Open(file);
        }

        if (!File.Exists(path))
        {
            throw new JmlrOperationException($"no such file or folder: '{path}'");
        }

        if (path.EndsWith(".index.json", StringComparison.Ordinal))
        {
            return new ShardedWeights(path, Open);
        }

        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[16];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return GgufDirectory.Recognise(start) ? new GgufFile(path)
            : TorchFile.Recognise(start) ? new TorchFile(path)
            : SafetensorsFile.Recognise(start, stream.Length) || path.EndsWith(".safetensors", StringComparison.Ordinal) ? new SafetensorsFile(path)
            : throw new JmlrDataException("neither safetensors, GGUF nor a PyTorch zip", path, 0);
    }
}
