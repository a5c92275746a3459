using System.Runtime.CompilerServices;

namespace Jmlr.Models.Weights;

/// <summary>Value types of GGUF metadata.</summary>
enum GgufValueType : uint
{
    U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64,
}

/// <summary>A value's place in the file: read when asked for, because vocabularies are large and often not needed.</summary>
readonly record struct GgufValue(GgufValueType Type, long Offset, GgufValueType ElementType, long Count);

/// <summary>Key-value pairs of a GGUF file. Integers of any width are accepted wherever an integer is asked for.</summary>
public sealed class GgufMetadata
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, GgufValue> _values;

    internal GgufMetadata(MappedFile file, Dictionary<string, GgufValue> values)
    {
        _file = file;
        _values = values;
    }

    /// <summary>All keys.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>True when the key is there.</summary>
    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>An integer, or null when absent; another type is an error.</summary>
    public long? GetInteger(string key)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
        {
            return null;
        }

        long? number = At(value).ReadInteger(value.Type);
        return number ?? Wrong<long?>(key, value, "an integer");
    }

    /// <summary>A floating-point number (an integer is widened), or null when absent.</summary>
    public double? GetNumber(string key)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
        {
            return null;
        }

        GgufCursor cursor = At(value);
        return value.Type switch
        {
            GgufValueType.F32 => cursor.ReadSingle(),
            GgufValueType.F64 => cursor.ReadDouble(),
            _ => cursor.ReadInteger(value.Type) ?? Wrong<double?>(key, value, "a number"),
        };
    }

    /// <summary>A boolean, or null when absent.</summary>
    public bool? GetBoolean(string key) =>
        !_values.TryGetValue(key, out GgufValue value) ? null
        : value.Type == GgufValueType.Bool ? At(value).ReadByte() != 0
        : Wrong<bool?>(key, value, "a boolean");

    /// <summary>A string, or null when absent.</summary>
    public string? GetString(string key) =>
        !_values.TryGetValue(key, out GgufValue value) ? null
        : value.Type == GgufValueType.String ? At(value).ReadString()
        : Wrong<string?>(key, value, "a string");

    /// <summary>An array of strings, or null when absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // 100,000 entries, read once by a cold process
    public string[]? GetStrings(string key)
    {
        if (Array(key, "an array of strings", GgufValueType.String) is not GgufValue value)
        {
            return null;
        }

        GgufCursor cursor = At(value);
        string[] strings = new string[value.Count];
        for (int i = 0; i < strings.Length; i++)
        {
            strings[i] = cursor.ReadString();
        }

        return strings;
    }

    /// <summary>An array of fp32, or null when absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // 100,000 entries, read once by a cold process
    public float[]? GetSingles(string key)
    {
        if (Array(key, "an array of f32", GgufValueType.F32) is not GgufValue value)
        {
            return null;
        }

        GgufCursor cursor = At(value);
        float[] numbers = new float[value.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = cursor.ReadSingle();
        }

        return numbers;
    }

    /// <summary>An array of integers of any width up to 32 bits, or null when absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // 100,000 entries, read once by a cold process
    public int[]? GetIntegers(string key)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
        {
            return null;
        }

        if (value.Type != GgufValueType.Array)
        {
            return Wrong<int[]?>(key, value, "an array of integers");
        }

        GgufCursor cursor = At(value);
        int[] numbers = new int[value.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            long? number = cursor.ReadInteger(value.ElementType);
            if (number is not (>= int.MinValue and <= int.MaxValue))
            {
                return Wrong<int[]?>(key, value, "an array of 32-bit integers");
            }

            numbers[i] = (int)number;
        }

        return numbers;
    }

    private GgufCursor At(GgufValue value) => new(_file, value.Offset);

    private GgufValue? Array(string key, string wanted, GgufValueType element)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
        {
            return null;
        }

        return value.Type == GgufValueType.Array && value.ElementType == element ? value : Wrong<GgufValue?>(key, value, wanted);
    }

    private T Wrong<T>(string key, GgufValue value, string wanted)
    {
        Throw.Malformed(_file.Path, $"metadata key '{key}' is {value.Type}, expected {wanted}", value.Offset);
        return default!;
    }
}
