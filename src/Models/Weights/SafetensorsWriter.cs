using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Models.Files;

namespace Jmlr.Models.Weights;

/// <summary>Writes small safetensors files (projections, adapters) durably; tensors in the order given, fp32.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes fp32 tensors, row-major; the file appears whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataName);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long at = 0;
            foreach ((string name, long[] shape, float[] values) in tensors)
            {
                if (!names.Add(name))
                {
                    Throw.BadTensorName(name);
                }

                ArgumentOutOfRangeException.ThrowIfNotEqual(TensorTypes.ElementCount(shape) ?? -1, values.LongLength, name);
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (long size in shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += values.LongLength * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Padding with spaces keeps the data aligned to 8 bytes.
        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        DurableFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header.GetBuffer().AsSpan(0, (int)header.Length));
            foreach ((_, _, float[] values) in tensors)
            {
                stream.Write(MemoryMarshal.AsBytes<float>(values));
            }
        });
    }
}
