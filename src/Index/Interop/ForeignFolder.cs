using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Interop;

/// <summary>What the folders of the engines have in common: JSON files with numbers and lists, and values that must make sense.</summary>
sealed class ForeignFolder(string folder, string engine)
{
    internal const int MostChunks = 1_000_000;
    private const int MostJson = 64 << 20;

    internal string PathOf(string name) => Path.Combine(folder, name);

    internal bool Has(string name) => File.Exists(PathOf(name));

    internal JsonDocument Json(string name)
    {
        var file = new FileInfo(PathOf(name));
        if (!file.Exists || file.Length > MostJson)
        {
            Throw.ForeignIndex(file.FullName, file.Exists ? $"{file.Length} bytes long: at most {MostJson} are read" : $"the file is missing: this is no whole index of {engine}");
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

    internal JsonElement Property(JsonElement element, string name, string file)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out JsonElement value))
        {
            Throw.ForeignIndex(PathOf(file), $"'{name}' is missing");
            return default;
        }

        return value;
    }

    internal int Integer(JsonElement element, string name, string file, int most)
    {
        JsonElement value = Property(element, name, file);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 && number <= most ? number : Throw.ForeignNumber(PathOf(file), $"{name} {value}");
    }

    /// <summary>Tokens of each passage of a chunk.</summary>
    internal int[] Lengths(int chunk)
    {
        string name = LengthsName(chunk);
        using JsonDocument json = Json(name);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
        {
            Throw.ForeignIndex(PathOf(name), "no list of numbers");
        }

        return
        [
            .. json.RootElement.EnumerateArray().Select(
                item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int length) && length >= 0 ? length : Throw.ForeignNumber(PathOf(name), item.ToString())),
        ];
    }

    internal static string LengthsName(int chunk) => $"doclens.{chunk}.json";

    internal void DemandPossible(int dimension, int bits, string file)
    {
        if (!Storage.IndexSettings.IsBits(bits) || !Storage.IndexSettings.IsDimension(dimension))
        {
            Throw.ForeignIndex(PathOf(file), $"{dimension} dimensions at {bits} bits: 1, 2, 4 or 8 bits and a multiple of 8 up to 1024 can be taken over");
        }
    }

    /// <summary>Centroids as fp16, [1 to 65536, dim].</summary>
    internal static ushort[] Halves(float[] values, IReadOnlyList<long> shape, int dimension, string path)
    {
        if (shape is not [>= 1 and <= Codec.CentroidCount.Largest, long columns] || columns != dimension)
        {
            Throw.ForeignIndex(path, $"centroids of shape [{string.Join(", ", shape)}]: [1 to {Codec.CentroidCount.Largest}, {dimension}] can be taken over");
        }

        DemandFinite(values, path);
        ushort[] halves = Array.ConvertAll(values, HalfFloats.Narrow);
        if (Array.FindIndex(halves, half => (half & 0x7C00) == 0x7C00) is >= 0 and int at)
        {
            Throw.ForeignIndex(path, $"value {values[at]} is beyond what 16 bits hold");
        }

        return halves;
    }

    internal static float[] Ascending(float[] values, int count, string path, string what)
    {
        DemandFinite(values, path);
        if (values.Length != count || !values.Order().SequenceEqual(values))
        {
            Throw.ForeignIndex(path, $"{what} has {values.Length} values: {count} in ascending order are expected");
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
}
