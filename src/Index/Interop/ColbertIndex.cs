using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;
using Jmlr.Models.Weights.Torch;

namespace Jmlr.Index.Interop;

/// <summary>One chunk of a colbert-ai index.</summary>
/// <param name="Lengths">Tokens of each passage; 0 for one that was removed.</param>
/// <param name="Codes">Centroid of each token.</param>
/// <param name="Residuals">Packed rows [tokens, dim * bits / 8], in colbert-ai's bit order.</param>
sealed record ColbertChunk(int[] Lengths, int[] Codes, byte[] Residuals);

/// <summary>
/// The folder of a colbert-ai 0.2 index, read as the work of a stranger: tensors through the unpickler that executes nothing, every size checked against
/// every other.
/// </summary>
sealed class ColbertIndex
{
    private const int MostJson = 64 << 20, MostChunks = 1_000_000;
    private readonly string _folder;

    internal ColbertIndex(string folder)
    {
        _folder = folder;
        using (JsonDocument metadata = Json("metadata.json"))
        {
            JsonElement config = Property(metadata.RootElement, "config", "metadata.json");
            (Bits, Dimension) = (Integer(config, "nbits", "metadata.json", 8), Integer(config, "dim", "metadata.json", 1024));
            Chunks = Integer(metadata.RootElement, "num_chunks", "metadata.json", MostChunks);
        }

        if (!Storage.IndexSettings.IsBits(Bits) || !Storage.IndexSettings.IsDimension(Dimension))
        {
            Throw.ForeignIndex(PathOf("metadata.json"), $"{Dimension} dimensions at {Bits} bits: 1, 2, 4 or 8 bits and a multiple of 8 up to 1024 can be taken over");
        }

        using (var centroids = new TorchTensors(PathOf("centroids.pt")))
        {
            Centroids = Halves(centroids);
        }

        using var buckets = new TorchTensors(PathOf("buckets.pt"));
        if (buckets.Count != 2)
        {
            Throw.ForeignIndex(buckets.Path, $"{buckets.Count} tensors: cutoffs and weights are expected");
        }

        (Cutoffs, Weights) = (Ascending(buckets, 0, (1 << Bits) - 1), Ascending(buckets, 1, 1 << Bits));
    }

    internal int Bits { get; }

    internal int Dimension { get; }

    internal int Chunks { get; }

    /// <summary>fp16 [K, dim].</summary>
    internal ushort[] Centroids { get; }

    internal float[] Cutoffs { get; }

    internal float[] Weights { get; }

    internal string PathOf(string name) => Path.Combine(_folder, name);

    internal ColbertChunk Read(int chunk)
    {
        string lengthsName = $"doclens.{chunk}.json";
        int[] lengths;
        using (JsonDocument json = Json(lengthsName))
        {
            lengths = Lengths(json.RootElement, lengthsName);
        }

        long tokens = lengths.Sum(length => (long)length);
        using var codes = new TorchTensors(PathOf($"{chunk}.codes.pt"));
        using var residuals = new TorchTensors(PathOf($"{chunk}.residuals.pt"));
        Demand(codes, lengthsName, TensorType.I32, tokens);
        Demand(residuals, lengthsName, TensorType.U8, tokens, Dimension * Bits / 8);
        int[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(codes.GetBytes(0)).ToArray();
        int centroids = Centroids.Length / Dimension, wrong = Array.FindIndex(values, code => code < 0 || code >= centroids);
        if (wrong >= 0)
        {
            Throw.ForeignIndex(codes.Path, $"token {wrong} has centroid {values[wrong]} of {centroids}");
        }

        return new ColbertChunk(lengths, values, residuals.GetBytes(0).ToArray());
    }

    private ushort[] Halves(TorchTensors file)
    {
        long rows = file.Shape(0) is [long first, long second] && second == Dimension ? first : 0;
        if (rows is < 1 or > Codec.CentroidCount.Largest)
        {
            Throw.ForeignIndex(file.Path, $"centroids of shape [{string.Join(", ", file.Shape(0))}]: [1 to {Codec.CentroidCount.Largest}, {Dimension}] can be taken over");
        }

        float[] values = file.GetFloats(0);
        DemandFinite(values, file.Path);
        return Array.ConvertAll(values, HalfFloats.Narrow);
    }

    private static float[] Ascending(TorchTensors file, int index, int count)
    {
        float[] values = file.GetFloats(index);
        DemandFinite(values, file.Path);
        if (values.Length != count || !values.Order().SequenceEqual(values))
        {
            Throw.ForeignIndex(file.Path, $"tensor {index} has {values.Length} values: {count} in ascending order are expected");
        }

        return values;
    }

    private static void DemandFinite(float[] values, string path)
    {
        if (Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and int at)
        {
            Throw.ForeignIndex(path, $"value {at} is not finite");
        }
    }

    private static void Demand(TorchTensors file, string lengths, TensorType type, params long[] shape)
    {
        if (file.Count != 1 || file.Type(0) != type || !file.Shape(0).SequenceEqual(shape))
        {
            Throw.ForeignIndex(file.Path, $"{file.Type(0)} of shape [{string.Join(", ", file.Shape(0))}]: {type} of [{string.Join(", ", shape)}] is expected by {lengths}");
        }
    }

    private int[] Lengths(JsonElement list, string name)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            Throw.ForeignIndex(PathOf(name), "no list of numbers");
        }

        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int length) && length >= 0 ? length : Throw.ForeignNumber(PathOf(name), item.ToString()))];
    }

    private JsonDocument Json(string name)
    {
        var file = new FileInfo(PathOf(name));
        if (!file.Exists || file.Length > MostJson)
        {
            Throw.ForeignIndex(file.FullName, file.Exists ? $"{file.Length} bytes long: at most {MostJson} are read" : "the file is missing: this is no whole colbert-ai index");
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file.FullName));
        }
        catch (JsonException error)
        {
            throw new JmlrDataException($"not readable as JSON: {error.Message}", file.FullName);
        }
    }

    private JsonElement Property(JsonElement element, string name, string file)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out JsonElement value))
        {
            Throw.ForeignIndex(PathOf(file), $"'{name}' is missing");
            return default;
        }

        return value;
    }

    private int Integer(JsonElement element, string name, string file, int most)
    {
        JsonElement value = Property(element, name, file);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 && number <= most ? number : Throw.ForeignNumber(PathOf(file), $"{name} {value}");
    }
}
