using System.Runtime.CompilerServices;

namespace Jmlr.Models.Weights;

/// <summary>Header, metadata and tensor list of one GGUF file, checked: counts, lengths, alignment, types, ranges.</summary>
sealed class GgufDirectory
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const ulong MaximumPairs = 65_536;
    private const ulong MaximumTensors = 1_000_000;
    private const int MaximumDepth = 4;

    private readonly MappedFile _file;
    private readonly List<TensorInfo> _tensors = [];

    private GgufDirectory(MappedFile file, GgufMetadata metadata)
    {
        _file = file;
        Metadata = metadata;
    }

    internal GgufMetadata Metadata { get; }

    internal IReadOnlyList<TensorInfo> Tensors => _tensors;

    internal static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("GGUF"u8);

    internal static GgufDirectory Read(MappedFile file)
    {
        var cursor = new GgufCursor(file, 0);
        if (cursor.ReadUInt32() != Magic)
        {
            Throw.Malformed(file.Path, "not a GGUF file: the magic bytes are not 'GGUF'", 0);
        }

        uint version = cursor.ReadUInt32();
        if (version is not (2 or 3))
        {
            Throw.Malformed(file.Path, $"GGUF version {version}: versions 2 and 3 (little-endian) are read", 4);
        }

        ulong tensorCount = cursor.ReadUInt64(), pairCount = cursor.ReadUInt64();
        if (tensorCount > MaximumTensors || pairCount > MaximumPairs)
        {
            Throw.Malformed(file.Path, $"{tensorCount} tensors and {pairCount} metadata pairs: at most {MaximumTensors} and {MaximumPairs} are read", 8);
        }

        var values = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (ulong i = 0; i < pairCount; i++)
        {
            long at = cursor.Position;
            string key = cursor.ReadString();
            if (!values.TryAdd(key, ReadValue(file, ref cursor)))
            {
                Throw.Malformed(file.Path, $"metadata key '{key}' stands twice", at);
            }
        }

        var directory = new GgufDirectory(file, new GgufMetadata(file, values));
        directory.ReadTensors(ref cursor, (int)tensorCount);
        return directory;
    }

    private static GgufValue ReadValue(MappedFile file, ref GgufCursor cursor)
    {
        GgufValueType type = ReadType(file, ref cursor);
        long start = cursor.Position;
        if (type != GgufValueType.Array)
        {
            SkipScalar(ref cursor, type);
            return new GgufValue(type, start, default, 0);
        }

        (GgufValueType element, long count) = SkipArray(file, ref cursor, 1);
        // Elements begin after the element type (4 bytes) and the count (8 bytes).
        return new GgufValue(type, start + 12, element, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (GgufValueType Element, long Count) SkipArray(MappedFile file, ref GgufCursor cursor, int depth)
    {
        long at = cursor.Position;
        GgufValueType element = ReadType(file, ref cursor);
        ulong count = cursor.ReadUInt64();
        // Every element takes at least one byte, so a count beyond the rest of the file is a lie.
        if (count > (ulong)Math.Min(file.Length - cursor.Position, int.MaxValue))
        {
            Throw.Malformed(file.Path, $"an array of {count} elements in a file of {file.Length} bytes", at);
        }

        if (element == GgufValueType.Array)
        {
            if (depth == MaximumDepth)
            {
                Throw.Malformed(file.Path, $"arrays nested more than {MaximumDepth} deep", at);
            }

            for (ulong i = 0; i < count; i++)
            {
                SkipArray(file, ref cursor, depth + 1);
            }
        }
        else if (element == GgufValueType.String)
        {
            for (ulong i = 0; i < count; i++)
            {
                cursor.SkipString();
            }
        }
        else
        {
            cursor.Skip((long)count * SizeOf(element));
        }

        return (element, (long)count);
    }

    private static GgufValueType ReadType(MappedFile file, ref GgufCursor cursor)
    {
        long at = cursor.Position;
        uint type = cursor.ReadUInt32();
        if (type > (uint)GgufValueType.F64)
        {
            Throw.Malformed(file.Path, $"metadata value type {type}: allowed are 0 to {(uint)GgufValueType.F64}", at);
        }

        return (GgufValueType)type;
    }

    private static void SkipScalar(ref GgufCursor cursor, GgufValueType type)
    {
        if (type == GgufValueType.String)
        {
            cursor.SkipString();
        }
        else
        {
            cursor.Skip(SizeOf(type));
        }
    }

    private static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
        GgufValueType.U16 or GgufValueType.I16 => 2,
        GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
        _ => 8,
    };

    private void ReadTensors(ref GgufCursor cursor, int count)
    {
        long alignment = Metadata.GetInteger("general.alignment") ?? 32;
        if (alignment is < 8 or > (1 << 20) || !long.IsPow2(alignment))
        {
            Throw.Malformed(_file.Path, $"general.alignment {alignment}: a power of two from 8 to 1048576 is needed");
        }

        var entries = new List<(string Name, TensorType Type, long[] Shape, ulong Offset, long At)>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            entries.Add(ReadEntry(ref cursor));
        }

        long dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        foreach ((string name, TensorType type, long[] shape, ulong offset, long at) in entries)
        {
            long elements = TensorTypes.ElementCount(shape) ?? -1;
            if (elements <= 0 || shape[^1] % TensorTypes.BlockSize(type) != 0 || elements > long.MaxValue / 8)
            {
                Throw.Malformed(_file.Path, $"tensor '{name}' has shape [{string.Join(", ", shape)}] of {type}: rows must be whole blocks of {TensorTypes.BlockSize(type)}, no dimension 0", at);
            }

            long bytes = TensorTypes.ByteLength(type, elements);
            if (offset % (ulong)alignment != 0 || dataStart > _file.Length || offset > (ulong)(_file.Length - dataStart) || bytes > _file.Length - dataStart - (long)offset)
            {
                Throw.Malformed(_file.Path, $"tensor '{name}' of {bytes} bytes at data offset {offset}: it must be aligned to {alignment} and end within the file of {_file.Length} bytes", at);
            }

            _tensors.Add(new TensorInfo(name, type, shape, _file.Path, dataStart + (long)offset, bytes));
        }

        CheckOverlaps();
    }

    private (string Name, TensorType Type, long[] Shape, ulong Offset, long At) ReadEntry(ref GgufCursor cursor)
    {
        long at = cursor.Position;
        string name = cursor.ReadString();
        uint dimensions = cursor.ReadUInt32();
        if (dimensions is 0 or > 4 || name.Length > 256)
        {
            Throw.Malformed(_file.Path, $"tensor '{(name.Length > 64 ? name[..64] : name)}' has {dimensions} dimensions and a name of {name.Length} characters: allowed are 1 to 4, and 256", at);
        }

        long[] shape = new long[dimensions];
        for (int i = 0; i < shape.Length; i++)
        {
            // GGUF lists the innermost dimension first.
            ulong size = cursor.ReadUInt64();
            shape[^(i + 1)] = size <= long.MaxValue ? (long)size : -1;
        }

        return (name, TypeOf(name, cursor.ReadUInt32(), at), shape, cursor.ReadUInt64(), at);
    }

    private TensorType TypeOf(string name, uint type, long at)
    {
        switch (type)
        {
            case 0: return TensorType.F32;
            case 1: return TensorType.F16;
            case 2: return TensorType.Q4_0;
            case 3: return TensorType.Q4_1;
            case 6: return TensorType.Q5_0;
            case 7: return TensorType.Q5_1;
            case 8: return TensorType.Q8_0;
            case 10: return TensorType.Q2_K;
            case 11: return TensorType.Q3_K;
            case 12: return TensorType.Q4_K;
            case 13: return TensorType.Q5_K;
            case 14: return TensorType.Q6_K;
            case 20: return TensorType.IQ4_NL;
            case 23: return TensorType.IQ4_XS;
            case 24: return TensorType.I8;
            case 25: return TensorType.I16;
            case 26: return TensorType.I32;
            case 27: return TensorType.I64;
            case 28: return TensorType.F64;
            case 30: return TensorType.BF16;
            default:
                Throw.Malformed(_file.Path, $"tensor '{name}' has ggml type {type}{NameOf(type)}: read are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL, IQ4_XS and plain integers", at);
                return default;
        }
    }

    // Types of ggml.h that exist but are not read here.
    private static string NameOf(uint type) => type switch
    {
        9 => " (Q8_1)",
        15 => " (Q8_K)",
        >= 16 and <= 19 or 21 or 22 or 29 => " (an IQ type)",
        34 => " (TQ1_0)",
        35 => " (TQ2_0)",
        39 => " (MXFP4)",
        40 => " (NVFP4)",
        _ => "",
    };

    private void CheckOverlaps()
    {
        TensorInfo? before = null;
        foreach (TensorInfo tensor in _tensors.OrderBy(tensor => tensor.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.ByteLength)
            {
                Throw.Malformed(_file.Path, $"tensors '{before.Name}' and '{tensor.Name}' share bytes", tensor.Offset);
            }

            before = tensor;
        }
    }
}
