using System.Runtime.InteropServices;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Interop.Npy;

/// <summary>One array of a NumPy file, mapped; its values are exactly the rest of the file. Arrays of objects (pickles) are not read.</summary>
sealed class NpyFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly NpyHeader _header;
    private readonly long _rowBytes;

    internal NpyFile(string path)
    {
        _file = new MappedFile(path);
        try
        {
            NpyHeader? header = NpyHeader.Read(_file.Slice(0, Math.Min(_file.Length, NpyHeader.MostLength)), out string reason);
            if (header is null)
            {
                Throw.ForeignIndex(path, reason);
            }

            _header = header!.Value;
            long rest = _file.Length - _header.DataOffset;
            if (Bytes() != rest)
            {
                Throw.ForeignIndex(path, $"{Description} does not make the {rest} bytes that follow the header");
            }

            _rowBytes = _header.Shape is [> 0 and long rows, ..] ? rest / rows : rest;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that type and shape make, or -1 when that is beyond any file.</summary>
    private long Bytes()
    {
        long bytes = Size;
        foreach (long size in _header.Shape)
        {
            if (size > long.MaxValue / Math.Max(bytes, 1))
            {
                return -1;
            }

            bytes *= size;
        }

        return bytes;
    }

    internal string Path => _file.Path;

    internal string Type => _header.Type;

    internal IReadOnlyList<long> Shape => _header.Shape;

    internal string Description => $"{_header.Type} of shape ({string.Join(", ", _header.Shape)})";

    private int Size => _header.Type switch
    {
        "f2" => 2,
        "f4" or "i4" => 4,
        "i8" => 8,
        _ => 1,
    };

    /// <summary>Bytes of rows, lowest first, valid until disposal.</summary>
    internal ReadOnlySpan<byte> Rows(long first, long count) => _file.Slice(_header.DataOffset + (first * _rowBytes), count * _rowBytes);

    /// <summary>All values of an array of f2 or f4 as fp32.</summary>
    internal float[] Floats()
    {
        ReadOnlySpan<byte> bytes = _file.Slice(_header.DataOffset, _file.Length - _header.DataOffset);
        switch (Type)
        {
            case "f4":
                return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            case "f2":
                float[] values = new float[bytes.Length / 2];
                HalfFloats.Widen(MemoryMarshal.Cast<byte, ushort>(bytes), values);
                return values;
            default:
                Throw.ForeignIndex(Path, $"{Description}: f2 or f4 is expected");
                return [];
        }
    }

    /// <summary>Rows of an array of i8 or i4 as numbers from 0 to <paramref name="below"/> - 1.</summary>
    internal int[] Numbers(long first, long count, int below)
    {
        ReadOnlySpan<byte> bytes = Rows(first, count);
        int[] values = new int[count];
        for (int i = 0; i < values.Length; i++)
        {
            long value = Type == "i8" ? MemoryMarshal.Read<long>(bytes[(i * 8)..]) : MemoryMarshal.Read<int>(bytes[(i * 4)..]);
            if (value < 0 || value >= below)
            {
                Throw.ForeignIndex(Path, $"token {first + i} has centroid {value} of {below}");
            }

            values[i] = (int)value;
        }

        return values;
    }

    public void Dispose() => _file.Dispose();
}
