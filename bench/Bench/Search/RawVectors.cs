using System.Runtime.InteropServices;
using Jmlr.Bench.Indexes;
using Jmlr.Index.Encoding;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Search;

/// <summary>
/// Token vectors from a safetensors file, so that any engine can be run on the same ones: <c>tokens</c> F16 [tokens, dim], <c>lengths</c> I32 [passages],
/// <c>queries</c> F32 [queries, rows, dim]. They are handed to the index as an embedding cache that holds every passage.
/// </summary>
sealed class RawVectors : GivenVectors
{
    private readonly SafetensorsFile _file;

    internal RawVectors(string path)
    {
        _file = new SafetensorsFile(path);
        Lengths = MemoryMarshal.Cast<byte, int>(_file.GetBytes("lengths")).ToArray();
        Starts = new long[Lengths.Length + 1];
        for (int i = 0; i < Lengths.Length; i++)
        {
            Starts[i + 1] = Starts[i] + Lengths[i];
        }

        Number(0, Lengths.Length);
        Dimension = (int)_file.Tensors["tokens"].Shape[1];
        IReadOnlyList<long> shape = _file.Tensors["queries"].Shape;
        float[] values = new float[_file.Tensors["queries"].ElementCount];
        _file.ReadFloat32("queries", values);
        Queries = new TokenMatrix[shape[0]];
        int each = (int)(shape[1] * shape[2]);
        for (int q = 0; q < Queries.Length; q++)
        {
            Queries[q] = new TokenMatrix(Dimension);
            Queries[q].Resize((int)shape[1]);
            values.AsSpan(q * each, each).CopyTo(Queries[q].Values);
        }
    }

    public override int Dimension { get; }

    internal int[] Lengths { get; }

    internal long[] Starts { get; }

    internal TokenMatrix[] Queries { get; }

    internal override ReadOnlySpan<ushort> Rows(int passage) =>
        MemoryMarshal.Cast<byte, ushort>(_file.GetBytes("tokens")).Slice((int)Starts[passage] * Dimension, Lengths[passage] * Dimension);

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
