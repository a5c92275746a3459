using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Products of many tokens through libtorch in bf16, which reaches matrix units (AMX, AVX512-BF16) that .NET does not: block by block where it lends them
/// (<see cref="TileProductJob"/>), else as whole products. For these, weights are widened from their tiles a panel of rows at a time, which is multiplied while it lies in the
/// second-level caches and then makes room for the next. The tensors belong to this object and are touched by one thread at a time.
/// </summary>
sealed unsafe class MatrixUnits : IDisposable
{
    private const int PanelElements = 1 << 20, LeastPanelRows = 256;
    private readonly ThreadTeam _team;
    private readonly Tensor _panel; // flat bf16
    private readonly ushort* _panelData;
    private readonly PanelJob _widen = new();
    private readonly TileProductJob? _blocks;

    /// <summary>For products of at most <paramref name="tokens"/> tokens with <paramref name="matrices"/>.</summary>
    /// <exception cref="Models.Errors.JmlrOperationException">libtorch cannot be loaded.</exception>
    internal MatrixUnits(ThreadTeam team, int tokens, params ReadOnlySpan<WideMatrix> matrices)
    {
        TorchRuntime.Start(team.Size);
        _team = team;
        _panel = Room(Elements(matrices));
        _panelData = TensorMemory.Start<ushort>(_panel);
        if (TileProduct.IsSupported)
        {
            _blocks = new TileProductJob(team, tokens, Columns(matrices));
        }
    }

    /// <summary>Bytes that such an object takes.</summary>
    internal static long Measure(int threads, int tokens, params ReadOnlySpan<WideMatrix> matrices) => (sizeof(ushort) * Elements(matrices)) + TileProductJob.Measure(threads, tokens, Columns(matrices));

    /// <summary>Room for <paramref name="elements"/> bf16 numbers.</summary>
    internal static Tensor Room(long elements) => empty(elements, dtype: bfloat16).DetachFromDisposeScope();

    /// <summary>The first <paramref name="rows"/> x <paramref name="columns"/> elements of a flat tensor.</summary>
    internal static Tensor View(Tensor flat, long rows, long columns) => flat.narrow(0, 0, rows * columns).view(rows, columns);

    /// <summary>
    /// outputs [tokens, rows] = inputs [tokens, columns] x matrix, plus its bias. Behind the inputs there is room for the rest of a block of
    /// <see cref="TileProductJob.BlockTokens"/> tokens. Called within a dispose scope, without gradients.
    /// </summary>
    internal void Multiply(WideMatrix matrix, Tensor inputs, Tensor outputs, ForwardParts? parts = null, ForwardPart part = default)
    {
        if (_blocks is not null && TileProductJob.Supports(matrix))
        {
            _blocks.Run(matrix, (int)inputs.shape[0], TensorMemory.Start<ushort>(inputs), TensorMemory.Start<ushort>(outputs), matrix.Rows);
            parts?.Lap(part);
        }
        else
        {
            WholeProducts(matrix, inputs, outputs, parts, part);
        }

        AddBiases(matrix, outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _panel.Dispose();
        _blocks?.Dispose();
    }

    private void WholeProducts(WideMatrix matrix, Tensor inputs, Tensor outputs, ForwardParts? parts, ForwardPart part)
    {
        TorchRuntime.Start(_team.Size);
        int panel = PanelTiles(matrix);
        for (int first = 0; first < matrix.TileCount; first += panel)
        {
            int tiles = Math.Min(panel, matrix.TileCount - first), rows = tiles * TileFormats.Rows;
            Widen(matrix, first, tiles);
            parts?.Lap(ForwardPart.Widening);
            _team.Rest(); // libtorch's threads want the cores
            outputs.narrow(1, first * TileFormats.Rows, rows).addmm_(inputs, View(_panel, matrix.Columns, rows), beta: 0, alpha: 1);
            parts?.Lap(part);
        }
    }

    private static long Elements(ReadOnlySpan<WideMatrix> matrices)
    {
        long most = 0;
        foreach (WideMatrix matrix in matrices)
        {
            most = Math.Max(most, (long)PanelTiles(matrix) * TileFormats.Rows * matrix.Columns);
        }

        return most;
    }

    private static int Columns(ReadOnlySpan<WideMatrix> matrices)
    {
        int most = 0;
        foreach (WideMatrix matrix in matrices)
        {
            most = Math.Max(most, matrix.Columns);
        }

        return most;
    }

    // Equal panels, of pairs of tiles.
    private static int PanelTiles(WideMatrix matrix)
    {
        int most = Math.Max(PanelElements / matrix.Columns, LeastPanelRows) / TileFormats.Rows, panels = (matrix.TileCount + most - 1) / most;
        int tiles = (matrix.TileCount + panels - 1) / panels;
        return tiles + (tiles % 2);
    }

    private void Widen(WideMatrix matrix, int first, int tiles)
    {
        for (int i = 0; i < matrix.Parts.Length; i++)
        {
            (int tile, int count, int row) = matrix.Within(i, first, tiles);
            if (count > 0)
            {
                _widen.Run(_team, matrix.Parts[i], tile, count, _panelData + row, tiles * TileFormats.Rows);
            }
        }
    }

    private static void AddBiases(WideMatrix matrix, Tensor outputs)
    {
        for (int i = 0; i < matrix.Parts.Length; i++)
        {
            if (matrix.Parts[i].Bias is not null)
            {
                BrainKernels.AddBias(TensorMemory.Start<ushort>(outputs) + matrix.Start(i), (int)outputs.stride(0), matrix.Parts[i].Bias, matrix.Parts[i].PaddedRows, (int)outputs.shape[0]);
            }
        }
    }

    /// <summary>Tiles to bf16 [column, row].</summary>
    private sealed class PanelJob : TeamJob
    {
        private const int ColumnsPerChunk = 4 * TileFormats.Block;
        private PackedMatrix? _matrix;
        private int _first, _tiles, _stride, _columns;
        private ushort* _to;

        internal void Run(ThreadTeam team, PackedMatrix matrix, int first, int tiles, ushort* to, int stride)
        {
            (_matrix, _first, _tiles, _stride) = (matrix, first, tiles, stride);
            _to = to;
            bool fast = BrainKernels.Fast && matrix.Format != TileFormat.F32;
            _columns = fast ? ColumnsPerChunk : matrix.Columns; // the scalar form reads whole rows
            team.Run(this, (matrix.Columns + _columns - 1) / _columns);
        }

        internal override void Execute(int chunk, int worker)
        {
            int from = chunk * _columns;
            BrainKernels.Widen(_matrix!, _first, _tiles, from, Math.Min(from + _columns, _matrix!.Columns), _to, _stride, BrainKernels.Fast);
        }
    }
}
