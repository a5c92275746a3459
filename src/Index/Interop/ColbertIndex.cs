using System.Text.Json;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Index.Interop;

/// <summary>The folder of a colbert-ai 0.2 index, read as the work of a stranger: tensors through the unpickler that executes nothing.</summary>
sealed class ColbertIndex : IForeignIndex
{
    private readonly ForeignFolder _folder;

    internal ColbertIndex(string folder)
    {
        _folder = new ForeignFolder(folder, "colbert-ai");
        using (JsonDocument metadata = _folder.Json("metadata.json"))
        {
            JsonElement config = _folder.Property(metadata.RootElement, "config", "metadata.json");
            (Bits, Dimension) = (_folder.Integer(config, "nbits", "metadata.json", 8), _folder.Integer(config, "dim", "metadata.json", 1024));
            Chunks = _folder.Integer(metadata.RootElement, "num_chunks", "metadata.json", ForeignFolder.MostChunks);
        }

        _folder.DemandPossible(Dimension, Bits, "metadata.json");
        using (var centroids = new TorchTensors(_folder.PathOf("centroids.pt")))
        {
            Centroids = ForeignFolder.Halves(centroids.GetFloats(0), centroids.Shape(0), Dimension, centroids.Path);
        }

        using var buckets = new TorchTensors(_folder.PathOf("buckets.pt"));
        if (buckets.Count != 2)
        {
            Throw.ForeignIndex(buckets.Path, $"{buckets.Count} tensors: cutoffs and weights are expected");
        }

        Cutoffs = ForeignFolder.Ascending(buckets.GetFloats(0), (1 << Bits) - 1, buckets.Path, "tensor 0");
        Weights = ForeignFolder.Ascending(buckets.GetFloats(1), 1 << Bits, buckets.Path, "tensor 1");
    }

    public string MetadataPath => _folder.PathOf("metadata.json");

    public int Bits { get; }

    public int Dimension { get; }

    public int Chunks { get; }

    public ushort[] Centroids { get; }

    public float[] Cutoffs { get; }

    public float[] Weights { get; }

    public ForeignChunk Read(int chunk)
    {
        int[] lengths = _folder.Lengths(chunk);
        string lengthsName = ForeignFolder.LengthsName(chunk);
        long tokens = lengths.Sum(length => (long)length);
        using var codes = new TorchTensors(_folder.PathOf($"{chunk}.codes.pt"));
        using var residuals = new TorchTensors(_folder.PathOf($"{chunk}.residuals.pt"));
        Demand(codes, lengthsName, TensorType.I32, tokens);
        Demand(residuals, lengthsName, TensorType.U8, tokens, Dimension * Bits / 8);
        int[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(codes.GetBytes(0)).ToArray();
        int centroids = Centroids.Length / Dimension, wrong = Array.FindIndex(values, code => code < 0 || code >= centroids);
        if (wrong >= 0)
        {
            Throw.ForeignIndex(codes.Path, $"token {wrong} has centroid {values[wrong]} of {centroids}");
        }

        return new ForeignChunk(lengths, values, residuals.GetBytes(0).ToArray());
    }

    private static void Demand(TorchTensors file, string lengths, TensorType type, params long[] shape)
    {
        if (file.Count != 1 || file.Type(0) != type || !file.Shape(0).SequenceEqual(shape))
        {
            Throw.ForeignIndex(file.Path, $"{file.Type(0)} of shape [{string.Join(", ", file.Shape(0))}]: {type} of [{string.Join(", ", shape)}] is expected by {lengths}");
        }
    }
}
