using System.Text;

namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>Just enough of GGUF to read the keys of a trusted test file.</summary>
static class GgufKeys
{
    public static Dictionary<string, object> Read(string path)
    {
        using BinaryReader from = new(File.OpenRead(path));
        from.ReadBytes(16);
        ulong count = from.ReadUInt64();
        Dictionary<string, object> keys = [];
        for (ulong i = 0; i < count; i++)
        {
            string key = Text(from);
            keys[key] = Value(from, from.ReadUInt32());
        }

        return keys;
    }

    private static string Text(BinaryReader from) => Encoding.UTF8.GetString(from.ReadBytes((int)from.ReadUInt64()));

    private static object Value(BinaryReader from, uint type) => type switch
    {
        0 => from.ReadByte(),
        4 => from.ReadUInt32(),
        5 => from.ReadInt32(),
        6 => from.ReadSingle(),
        7 => from.ReadByte() != 0,
        8 => Text(from),
        9 => Items(from),
        10 => from.ReadUInt64(),
        _ => throw new NotSupportedException($"type {type}"),
    };

    private static object Items(BinaryReader from)
    {
        uint type = from.ReadUInt32();
        int count = (int)from.ReadUInt64();
        return type switch
        {
            5 => Enumerable.Range(0, count).Select(_ => from.ReadInt32()).ToArray(),
            6 => Enumerable.Range(0, count).Select(_ => from.ReadSingle()).ToArray(),
            8 => Enumerable.Range(0, count).Select(_ => Text(from)).ToArray(),
            _ => throw new NotSupportedException($"array of type {type}"),
        };
    }
}
