using System.Text;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Writes small GGUF files by hand (format: ggml <c>docs/gguf.md</c>).</summary>
sealed class TinyGguf
{
    internal const uint U8 = 0, I8 = 1, U16 = 2, I16 = 3, U32 = 4, I32 = 5, F32 = 6, Bool = 7, Text = 8, List = 9, U64 = 10, I64 = 11, F64 = 12;

    private readonly List<byte> _pairs = [], _entries = [];
    private readonly List<byte[]> _data = [];
    private int _pairCount;
    private long _dataLength;

    internal int Alignment { get; init; } = 32;

    internal uint Version { get; init; } = 3;

    internal TinyGguf Pair(string key, uint type, Action<BinaryWriter> value)
    {
        _pairs.AddRange(Written(writer =>
        {
            WriteText(writer, key);
            writer.Write(type);
            value(writer);
        }));
        _pairCount++;
        return this;
    }

    internal TinyGguf Pair(string key, string value) => Pair(key, Text, writer => WriteText(writer, value));

    internal TinyGguf Pair(string key, uint value) => Pair(key, U32, writer => writer.Write(value));

    internal TinyGguf Many(string key, uint element, int count, Action<BinaryWriter> values) => Pair(key, List, writer =>
    {
        writer.Write(element);
        writer.Write((ulong)count);
        values(writer);
    });

    /// <summary>Dimensions in GGUF order, innermost first.</summary>
    internal TinyGguf Tensor(string name, uint type, ulong[] dimensions, byte[] data)
    {
        _entries.AddRange(Written(writer =>
        {
            WriteText(writer, name);
            writer.Write((uint)dimensions.Length);
            Array.ForEach(dimensions, writer.Write);
            writer.Write(type);
            writer.Write((ulong)_dataLength);
        }));
        byte[] padded = [.. data, .. new byte[(Alignment - (data.Length % Alignment)) % Alignment]];
        _data.Add(padded);
        _dataLength += padded.Length;
        return this;
    }

    internal byte[] Bytes()
    {
        List<byte> file = [.. Written(writer =>
        {
            writer.Write("GGUF"u8);
            writer.Write(Version);
            writer.Write((ulong)_data.Count);
            writer.Write((ulong)_pairCount);
        }), .. _pairs, .. _entries];
        while (file.Count % Alignment != 0)
        {
            file.Add(0);
        }

        _data.ForEach(file.AddRange);
        return [.. file];
    }

    internal static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] Written(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }
}
