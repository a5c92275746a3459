using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Writes small PyTorch checkpoints by hand: a protocol-2 pickle and its storages in an uncompressed zip.</summary>
sealed class TinyTorch
{
    private readonly List<byte> _pickle = [];
    private readonly List<byte[]> _storages = [];

    internal TinyTorch() => Raw([0x80, 2]);

    internal TinyTorch Raw(params ReadOnlySpan<byte> opcodes)
    {
        _pickle.AddRange(opcodes);
        return this;
    }

    internal TinyTorch Raw(string opcodes) => Raw(Encoding.Latin1.GetBytes(opcodes));

    internal TinyTorch Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Raw([(byte)'X', .. length, .. bytes]);
    }

    internal TinyTorch Number(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw([(byte)'J', .. bytes]);
    }

    internal TinyTorch Numbers(params int[] values)
    {
        Raw("(");
        foreach (int value in values)
        {
            Number(value);
        }

        return Raw("t");
    }

    /// <summary>A new storage and the arguments of a view on it, as a tuple on the stack.</summary>
    internal TinyTorch View(string storageClass, byte[] data, int count, int start, int[] shape, int[] strides)
    {
        _storages.Add(data);
        Raw("((").Text("storage").Raw($"ctorch\n{storageClass}\n").Text($"{_storages.Count - 1}").Text("cpu").Number(count).Raw("tQ").Number(start);
        return Numbers(shape).Numbers(strides).Raw([0x89]).Raw("ccollections\nOrderedDict\n)Rt");
    }

    /// <summary>A tensor on the stack.</summary>
    internal TinyTorch Tensor(string storageClass, byte[] data, int count, int start, int[] shape, int[] strides) =>
        Raw("ctorch._utils\n_rebuild_tensor_v2\n").View(storageClass, data, count, start, shape, strides).Raw("R");

    internal byte[] Bytes(bool compressed = false)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            CompressionLevel level = compressed ? CompressionLevel.Optimal : CompressionLevel.NoCompression;
            Add(zip, "model/data.pkl", [.. _pickle], level);
            Add(zip, "model/byteorder", "little"u8.ToArray(), level);
            for (int i = 0; i < _storages.Count; i++)
            {
                Add(zip, $"model/data/{i}", _storages[i], level);
            }
        }

        return file.ToArray();
    }

    private static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel level)
    {
        using Stream entry = zip.CreateEntry(name, level).Open();
        entry.Write(content);
    }
}
