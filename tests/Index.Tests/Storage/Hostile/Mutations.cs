using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage.Hostile;

/// <summary>Changes drawn from a seed: of bytes, of block files from the inside, of the JSON of a manifest.</summary>
sealed class Mutations(Random random)
{
    private static readonly long[] Odd =
        [0, 1, -1, 2, 7, 8, 63, 64, 127, 255, 256, 65535, 65536, 65537, 1 << 22, (1 << 22) + 1, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue];

    private static readonly string[] OddTexts = ["", "x", "../../CURRENT", "0123456789abcdef0123456789abcdef", "/etc/passwd", "\0", "ſ", new('9', 400)];

    private static readonly float[] OddFloats = [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1e30f];

    /// <summary>Changes a few bytes, or the length.</summary>
    internal byte[] Bytes(byte[] original)
    {
        byte[] bytes = [.. original];
        for (int times = 1 + random.Next(3); times > 0 && bytes.Length > 0; times--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(9))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when bytes.Length >= 4:
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Aligned(at, bytes.Length, 4)), (int)Pick(Odd));
                    break;
                case 3 when bytes.Length >= 8:
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Aligned(at, bytes.Length, 8)), Pick(Odd));
                    break;
                case 4 when bytes.Length >= 4:
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(Aligned(at, bytes.Length, 4)), Pick(OddFloats));
                    break;
                case 5:
                    bytes = bytes[..at];
                    break;
                case 6:
                    bytes = [.. bytes, .. bytes.AsSpan(at, Math.Min(1 + random.Next(200), bytes.Length - at))];
                    break;
                case 7:
                    int from = random.Next(bytes.Length), length = Math.Min(1 + random.Next(64), bytes.Length - Math.Max(from, at));
                    bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes.AsSpan(at, Math.Min(1 + random.Next(64), bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Changes a block file and seals it again.</summary>
    internal byte[] Block(byte[] original)
    {
        var image = new BlockImage(original);
        int which = random.Next(image.Sections.Count), other = random.Next(image.Sections.Count);
        (uint id, byte[] data) = image.Sections[which];
        switch (random.Next(12))
        {
            case 0:
                image.Sections.RemoveAt(which);
                break;
            case 1:
                image.Sections.Add(image.Sections[which]);
                break;
            case 2:
                image.Sections[which] = (id, image.Sections[other].Data);
                image.Sections[other] = (image.Sections[other].Id, data);
                break;
            case 3:
                image.Sections[which] = (image.Sections[other].Id, data);
                break;
            case 4:
                return image.Seal(footer => BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(8 + (which * BlockFormat.EntryLength) + (8 * (1 + random.Next(2)))), Near(original.Length)));
            case 5:
                return image.Seal(footer => BinaryPrimitives.WriteInt32LittleEndian(footer.AsSpan(4 * random.Next(footer.Length / 4)), (int)Near(original.Length)));
            case 6:
                return image.Seal(kind: (uint)random.Next(5));
            default:
                image.Sections[which] = (id, Bytes(data));
                break;
        }

        return image.Seal();
    }

    /// <summary>Changes some node of a JSON tree.</summary>
    internal void Json(JsonNode root)
    {
        List<JsonNode> nodes = [root];
        for (int i = 0; i < nodes.Count; i++)
        {
            nodes.AddRange(nodes[i] is JsonObject o ? o.Select(pair => pair.Value).OfType<JsonNode>() : nodes[i] is JsonArray a ? a.OfType<JsonNode>() : []);
        }

        JsonNode chosen = nodes[random.Next(nodes.Count)];
        switch (chosen)
        {
            case JsonObject o when o.Count > 0:
                string name = o.ElementAt(random.Next(o.Count)).Key;
                if (random.Next(3) == 0)
                {
                    o.Remove(name);
                }
                else
                {
                    o[name] = Value(nodes);
                }

                break;
            case JsonArray a when a.Count > 0:
                int at = random.Next(a.Count);
                switch (random.Next(3))
                {
                    case 0:
                        a.RemoveAt(at);
                        break;
                    case 1:
                        a.Add(a[at]?.DeepClone());
                        break;
                    default:
                        a[at] = Value(nodes);
                        break;
                }

                break;
            default:
                if (chosen.Parent is JsonObject parent)
                {
                    parent[parent.First(pair => ReferenceEquals(pair.Value, chosen)).Key] = Value(nodes);
                }

                break;
        }
    }

    private JsonNode? Value(List<JsonNode> nodes) => random.Next(6) switch
    {
        0 => null,
        1 => JsonValue.Create(Pick(OddTexts)),
        2 => JsonValue.Create(1.5),
        3 => nodes[random.Next(nodes.Count)].DeepClone(),
        _ => JsonValue.Create(Pick(Odd)),
    };

    private long Near(int length) => random.Next(3) switch
    {
        0 => Pick(Odd),
        1 => random.Next(length + 200),
        _ => random.Next(length / BlockFormat.Alignment) * BlockFormat.Alignment,
    };

    private int Aligned(int at, int length, int size) => random.Next(4) == 0 ? Math.Min(at, length - size) : Math.Min(at / size * size, (length - size) / size * size);

    private T Pick<T>(T[] values) => values[random.Next(values.Length)];
}
