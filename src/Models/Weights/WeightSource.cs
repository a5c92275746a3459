using Jmlr.Models.Weights.Torch;

namespace Jmlr.Models.Weights;

/// <summary>Opens a checkpoint whatever its format.</summary>
public static class WeightSource
{
    private const string IndexSuffix = ".index.json";
    private const int StartBytes = 16;

    private static readonly string[] FolderFiles =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.safetensors", "adapter_model.bin"];

    /// <summary>
    /// Opens a file (recognised by its content), a weight index (<c>*.index.json</c>) or a Hugging Face folder. Throws <see cref="Errors.JmlrOperationException"/>
    /// when nothing is there or the folder holds several models, <see cref="Errors.JmlrDataException"/> when a file is malformed.
    /// </summary>
    public static IWeightSource Open(string path)
    {
        if (Directory.Exists(path))
        {
            path = FileOf(path);
        }
        else if (!File.Exists(path))
        {
            Throw.NoSuchPath(path);
        }

        // A shard is never an index itself: an index that names itself must not lead in circles.
        return path.EndsWith(IndexSuffix, StringComparison.Ordinal) ? new ShardedWeights(path, OpenFile) : OpenFile(path);
    }

    private static string FileOf(string folder)
    {
        if (FolderFiles.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is string file)
        {
            return file;
        }

        string[] models = [.. Directory.EnumerateFiles(folder, "*.gguf").Where(name => !GgufFile.IsLaterSplit(name)).Order(StringComparer.Ordinal)];
        if (models.Length == 0)
        {
            Throw.NoWeights(folder, FolderFiles);
        }

        if (models.Length > 1)
        {
            Throw.SeveralModels(folder, models.Select(System.IO.Path.GetFileName)!);
        }

        return models[0];
    }

    private static IWeightSource OpenFile(string path)
    {
        Span<byte> start = stackalloc byte[StartBytes];
        long length = 0;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            length = stream.Length;
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotOpen(path, error);
        }

        if (GgufDirectory.Recognise(start))
        {
            return new GgufFile(path);
        }

        if (TorchFile.Recognise(start))
        {
            return new TorchFile(path);
        }

        if (!SafetensorsFile.Recognise(start, length) && !path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            Throw.Malformed(path, start.StartsWith("version https:"u8)
                ? "a Git LFS pointer, not the file itself: fetch the file with 'git lfs pull'"
                : start is [0x80, >= 2 and <= 5, ..]
                ? "a bare pickle without zip, as PyTorch wrote before 1.6: save it again with a newer PyTorch, or as safetensors"
                : "neither safetensors, GGUF nor a PyTorch zip", 0);
        }

        return new SafetensorsFile(path);
    }
}
