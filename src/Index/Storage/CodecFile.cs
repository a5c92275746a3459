using System.Buffers.Binary;
using Jmlr.Index.Codec;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Storage;

/// <summary>A codec on disk.</summary>
static class CodecFile
{
    private const int ParametersLength = 64;

    internal static CodecEntry Write(IndexDisk disk, ResidualCodec codec)
    {
        byte[] parameters = new byte[ParametersLength];
        BinaryPrimitives.WriteInt32LittleEndian(parameters, codec.Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(4), codec.Bits);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(8), codec.Count);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(16), codec.Baseline.ResidualNorm);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(20), codec.Baseline.OutlierNorm);
        BinaryPrimitives.WriteInt64LittleEndian(parameters.AsSpan(24), codec.Baseline.SampleTokens);
        BinaryPrimitives.WriteInt64LittleEndian(parameters.AsSpan(32), codec.Baseline.CollectionTokens);
        using var file = new BlockFileWriter(disk, BlockFileKind.Codec);
        file.Section<byte>(SectionId.Parameters, parameters);
        file.Section<float>(SectionId.Cutoffs, codec.Cutoffs);
        file.Section<float>(SectionId.Weights, codec.Weights);
        file.Section<ushort>(SectionId.Centroids, codec.CentroidBits);
        (long length, string hash) = file.Finish();
        string id = IndexFolder.IdOf(hash);
        file.Publish(IndexFolder.Codec(id), length, hash);
        return new CodecEntry(id, length, hash);
    }

    /// <summary>Reads and checks a codec; its centroids are checked here and copied when they are first needed.</summary>
    internal static ResidualCodec Read(string folder, CodecEntry entry, int dimension, int bits)
    {
        var file = new BlockFile(Path.Combine(folder, IndexFolder.Codec(entry.Id)), BlockFileKind.Codec);
        try
        {
            return Read(file, dimension, bits);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ResidualCodec Read(BlockFile file, int dimension, int bits)
    {
        string path = file.Path;
        ReadOnlySpan<byte> parameters = file.ReadAll<byte>(SectionId.Parameters, ParametersLength);
        int count = BinaryPrimitives.ReadInt32LittleEndian(parameters[8..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(parameters) != dimension || BinaryPrimitives.ReadInt32LittleEndian(parameters[4..]) != bits || count is < 1 or > CentroidCount.Largest)
        {
            Throw.Corrupt(path, BlockFormat.Name(SectionId.Parameters), 0, $"dimension, bits or number of centroids ({count}) do not agree with the manifest");
        }

        var baseline = new CodecBaseline(
            BinaryPrimitives.ReadSingleLittleEndian(parameters[16..]), BinaryPrimitives.ReadSingleLittleEndian(parameters[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(parameters[24..]), BinaryPrimitives.ReadInt64LittleEndian(parameters[32..]));
        if (!float.IsFinite(baseline.ResidualNorm) || !float.IsFinite(baseline.OutlierNorm) || baseline is { ResidualNorm: < 0 } or { OutlierNorm: < 0 } or { SampleTokens: < 0 } or { CollectionTokens: < 0 })
        {
            Throw.Corrupt(path, BlockFormat.Name(SectionId.Parameters), 16, "what is said of the training sample is negative or not finite");
        }

        ReadOnlySpan<float> cutoffs = file.ReadAll<float>(SectionId.Cutoffs, (1 << bits) - 1), weights = file.ReadAll<float>(SectionId.Weights, 1 << bits);
        DemandAscending(path, SectionId.Cutoffs, cutoffs);
        DemandAscending(path, SectionId.Weights, weights);
        long values = (long)count * dimension;
        if (!HalfFloats.AllFinite(file.ReadAll<ushort>(SectionId.Centroids, values)))
        {
            Throw.Corrupt(path, BlockFormat.Name(SectionId.Centroids), null, "a value is not finite");
        }

        return new ResidualCodec(dimension, bits, count, () => file.ReadAll<ushort>(SectionId.Centroids, values).ToArray(), file, cutoffs, weights, baseline);
    }

    private static void DemandAscending(string path, SectionId id, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]) || (i > 0 && values[i] < values[i - 1]))
            {
                Throw.Corrupt(path, BlockFormat.Name(id), i * sizeof(float), $"value {i} is {values[i]}: finite and ascending values are expected");
            }
        }
    }
}
