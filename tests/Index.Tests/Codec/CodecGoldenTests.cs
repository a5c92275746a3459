using System.IO.Compression;
using System.Runtime.InteropServices;
using Jmlr.Index.Codec;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Codec;

/// <summary>The codec against colbert-ai's ResidualCodec: codes, packed bytes and decompressed vectors.</summary>
public sealed class CodecGoldenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Synthetic_vectors_compress_and_decompress_as_in_colbert(int bits)
    {
        using var golden = new SafetensorsFile(SharedData.Require("golden/retrieval/codec_synthetic.safetensors"));
        float[] vectors = Floats(golden, "vectors"), centroids = Floats(golden, "centroids");
        float[] cutoffs = Floats(golden, $"nbits{bits}.bucket_cutoffs"), weights = Floats(golden, $"nbits{bits}.bucket_weights");
        const int dimension = 128;

        int[] codes = new int[64];
        using (var nearest = new NearestCentroids())
        {
            nearest.Find(vectors, centroids, dimension, codes);
        }

        Assert.Equal(MemoryMarshal.Cast<byte, int>(golden.GetBytes("codes")).ToArray(), codes);

        // The centroids of this file are fp32, our master copy is fp16: quantise against the exact ones.
        var codec = new ResidualCodec(dimension, bits, new ushort[centroids.Length], cutoffs, weights, default);
        centroids.CopyTo(codec.Centroids, 0);
        ReadOnlySpan<byte> buckets = golden.GetBytes($"nbits{bits}.bucket_index"), packed = golden.GetBytes($"nbits{bits}.packed");
        float[] decompressed = Floats(golden, $"nbits{bits}.decompressed");
        byte[] indexes = new byte[dimension], colbert = new byte[codec.RowBytes], plane = new byte[codec.RowBytes], back = new byte[dimension];
        float[] vector = new float[dimension];
        for (int i = 0; i < codes.Length; i++)
        {
            codec.Quantise(vectors.AsSpan(i * dimension, dimension), codes[i], indexes);
            Assert.Equal(buckets.Slice(i * dimension, dimension), indexes);
            ColbertPacking.Pack(indexes, bits, colbert);
            Assert.Equal(packed.Slice(i * colbert.Length, colbert.Length), colbert);
            ColbertPacking.Unpack(colbert, bits, back);
            Assert.Equal(indexes, back);

            PlanePacking.Pack(indexes, bits, plane);
            codec.Decompress(codes[i], plane, back, vector);
            for (int d = 0; d < dimension; d++)
            {
                Assert.Equal(decompressed[(i * dimension) + d], vector[d], 1e-6f);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Real_vectors_compress_and_decompress_as_in_colbert(int bits)
    {
        string folder = SharedData.Require("golden/retrieval/index");
        using var golden = new SafetensorsFile(Path.Combine(folder, "codec_150.safetensors"));
        using var source = new SafetensorsFile(Path.Combine(folder, "docs_first20_fp16.safetensors"));
        const int dimension = 128;
        ushort[] centroids = ReadHalfTensor(Path.Combine(folder, "colbert_150_2b", "centroids.pt"));
        var codec = new ResidualCodec(dimension, bits, centroids, Floats(golden, $"nbits{bits}.bucket_cutoffs"), Floats(golden, $"nbits{bits}.bucket_weights"), default);
        float[] vectors = Documents(source, [3, 9, 14, 16, 17], dimension);

        int[] expected = MemoryMarshal.Cast<byte, int>(golden.GetBytes("codes")).ToArray();
        using var compressor = new Compressor(codec, 2);
        compressor.Compress(vectors, TestContext.Current.CancellationToken);
        Assert.Equal(expected, compressor.Codes[..expected.Length].ToArray());

        ReadOnlySpan<byte> packed = golden.GetBytes($"nbits{bits}.residuals");
        float[] decompressed = Floats(golden, $"nbits{bits}.decompressed");
        byte[] indexes = new byte[dimension], colbert = new byte[codec.RowBytes];
        float[] vector = new float[dimension];
        int differing = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            ReadOnlySpan<byte> row = compressor.Rows.Slice(i * codec.RowBytes, codec.RowBytes);
            PlanePacking.Unpack(row, bits, indexes);
            ColbertPacking.Pack(indexes, bits, colbert);
            bool same = packed.Slice(i * colbert.Length, colbert.Length).SequenceEqual(colbert);
            differing += same ? 0 : 1;
            codec.Decompress(expected[i], row, indexes, vector);
            for (int d = 0; same && d < dimension; d++)
            {
                Assert.Equal(decompressed[(i * dimension) + d], vector[d], 1e-6f);
            }
        }

        Assert.InRange(differing, 0, 1); // one element of the 4-bit residuals lies within 1e-7 of a cutoff
    }

    private static float[] Documents(SafetensorsFile source, int[] wanted, int dimension)
    {
        float[] all = Floats(source, "doc_embeddings");
        int[] lengths = MemoryMarshal.Cast<byte, int>(source.GetBytes("doclens")).ToArray();
        return [.. wanted.SelectMany(document => all.Skip(lengths[..document].Sum() * dimension).Take(lengths[document] * dimension))];
    }

    /// <summary>The storage of a one-tensor torch file: a zip entry of raw values.</summary>
    private static ushort[] ReadHalfTensor(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        ZipArchiveEntry entry = zip.Entries.Single(e => e.FullName.EndsWith("/data/0", StringComparison.Ordinal));
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()).ToArray();
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }
}
