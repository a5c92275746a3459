using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Kernels;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>What one thread needs to encode a group of passages; kept for the next.</summary>
sealed unsafe class PassageRoom : IDisposable
{
    private readonly AlignedBuffer<ushort> _hidden = new(), _joined = new(), _context = new(), _inner = new();
    private readonly AlignedBuffer<float> _sums = new(), _panel = new();

    /// <summary>[rows, hidden], paired bf16.</summary>
    internal ushort* Hidden => _hidden.Pointer;

    /// <summary>Query, key and value: [rows, 3 * hidden], paired bf16.</summary>
    internal ushort* Joined => _joined.Pointer;

    /// <summary>[rows, hidden], paired bf16.</summary>
    internal ushort* Context => _context.Pointer;

    /// <summary>A part of the intermediate layer of a block of rows, paired bf16.</summary>
    internal ushort* Inner => _inner.Pointer;

    /// <summary>[rows, hidden] fp32.</summary>
    internal float* Sums => _sums.Pointer;

    /// <summary>Results of a panel: [rows of a block, outputs of a panel] fp32.</summary>
    internal float* Panel => _panel.Pointer;

    internal PairedAttention Attention { get; } = new();

    /// <summary>Makes room for <paramref name="rows"/> rows, worked on <paramref name="block"/> at a time, with <paramref name="inner"/> columns of the intermediate layer and <paramref name="outputs"/> of the projection.</summary>
    internal void Prepare(BertConfiguration configuration, int rows, int block, int inner, int outputs)
    {
        long cells = (long)rows * configuration.HiddenSize;
        _hidden.Ensure(cells);
        _joined.Ensure(3 * cells);
        _context.Ensure(cells);
        _sums.Ensure(Math.Max(cells, (long)block * outputs));
        _inner.Ensure((long)block * inner);
        _panel.Ensure((long)block * PackedLinear.PanelOutputs);
    }

    public void Dispose()
    {
        _hidden.Dispose();
        _joined.Dispose();
        _context.Dispose();
        _inner.Dispose();
        _sums.Dispose();
        _panel.Dispose();
        Attention.Dispose();
    }
}
