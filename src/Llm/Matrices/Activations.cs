using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Matrices;

/// <summary>
/// Inputs of a matrix product for a few tokens, interleaved so that a kernel walks one pointer: tokens go in groups of <see cref="Lanes"/>, and the same
/// columns of all tokens of a group lie side by side. Quantised: int8 per block of 32 columns with an fp32 scale and the scaled sum of the block.
/// </summary>
sealed unsafe class Activations : IDisposable
{
    /// <summary>Tokens of a full group.</summary>
    internal const int FullLanes = 8;

    private readonly NativeBuffer _quants, _scales, _sums, _values;
    private readonly int _tokenCapacity;

    /// <summary>Room for <paramref name="tokens"/> x <paramref name="columns"/>.</summary>
    internal Activations(int tokens, int columns)
    {
        _tokenCapacity = (tokens + FullLanes - 1) / FullLanes * FullLanes;
        int blocks = (columns + TileFormats.Block - 1) / TileFormats.Block;
        long elements = (long)_tokenCapacity * blocks * TileFormats.Block;
        _quants = new NativeBuffer(elements);
        _values = new NativeBuffer(elements * sizeof(float));
        _scales = new NativeBuffer((long)_tokenCapacity * blocks * sizeof(float));
        _sums = new NativeBuffer((long)_tokenCapacity * blocks * sizeof(float));
    }

    /// <summary>Bytes that <paramref name="tokens"/> x <paramref name="columns"/> take.</summary>
    internal static long Measure(int tokens, int columns) => (long)(tokens + FullLanes) * (columns + TileFormats.Block) * 6;

    /// <summary>Tokens held.</summary>
    internal int Tokens { get; private set; }

    /// <summary>Columns held.</summary>
    internal int Columns { get; private set; }

    /// <summary>Tokens side by side: 1 or <see cref="FullLanes"/>.</summary>
    internal int Lanes { get; private set; } = 1;

    /// <summary>Groups of <see cref="Lanes"/> tokens; the last may be part empty.</summary>
    internal int Groups => (Tokens + Lanes - 1) / Lanes;

    /// <summary>int8 [group, column / 4, lane, column % 4].</summary>
    internal sbyte* Quants => (sbyte*)_quants.Pointer;

    /// <summary>fp32 [group, block, lane].</summary>
    internal float* Scales => (float*)_scales.Pointer;

    /// <summary>fp32 [group, block, lane]: scale x sum of the quants, for the constant part of the weights.</summary>
    internal float* Sums => (float*)_sums.Pointer;

    /// <summary>fp32 [group, column, lane]: for matrices that are not quantised.</summary>
    internal float* Values => (float*)_values.Pointer;

    /// <summary>Says what comes next: <paramref name="tokens"/> inputs of <paramref name="columns"/> columns.</summary>
    internal void Shape(int tokens, int columns)
    {
        Tokens = tokens;
        Columns = columns;
        Lanes = tokens == 1 ? 1 : FullLanes;
    }

    /// <summary>Elements between groups.</summary>
    internal long GroupStride => (long)Columns * Lanes;

    /// <inheritdoc/>
    public void Dispose()
    {
        _quants.Dispose();
        _scales.Dispose();
        _sums.Dispose();
        _values.Dispose();
    }
}
