using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Llm.Torch;

/// <summary>
/// Products of many tokens through libtorch in bf16, which reaches matrix units (AMX, AVX512-BF16) that .NET does not. A panel of rows at a time is widened from its
/// tiles, multiplied while it lies in the cache, and its memory used for the next. The tensors belong to this object and are touched by one thread at a time.
/// </summary>
sealed unsafe class MatrixUnits : IDisposable
{
    private const int PanelBytes = 8 << 20, LeastPanelRows = 256;
    private readonly ThreadTeam _team;
    private readonly Tensor _inputs, _panel, _outputs; // flat bf16
    private readonly ushort* _inputData, _panelData, _outputData;
    private readonly PanelJob _widen = new();
    private readonly ResultJob _result = new();

    /// <summary>Room for <paramref name="tokens"/> tokens and <paramref name="matrices"/>.</summary>
    internal MatrixUnits(ThreadTeam team, int tokens, params ReadOnlySpan<PackedMatrix> matrices)
    {
        TorchRuntime.Start(team.Size);
        _team = team;
        (long inputs, long panel, long outputs) = Elements(tokens, matrices);
        _inputs = Room(inputs);
        _panel = Room(panel);
        _outputs = Room(outputs);
        _inputData = TensorMemory.Start<ushort>(_inputs);
        _panelData = TensorMemory.Start<ushort>(_panel);
        _outputData = TensorMemory.Start<ushort>(_outputs);
    }

    /// <summary>Bytes that such an object takes.</summary>
    internal static long Measure(int tokens, params ReadOnlySpan<PackedMatrix> matrices)
    {
        (long inputs, long panel, long outputs) = Elements(tokens, matrices);
        return sizeof(ushort) * (inputs + panel + outputs);
    }

    /// <summary>Takes the input [columns] of one token of the products that come next.</summary>
    internal void Take(int token, float* input, int columns) => BrainKernels.Narrow(input, _inputData + ((long)token * columns), columns);

    /// <summary>y [tokens, padded rows] = matrix x the inputs taken.</summary>
    internal void Multiply(PackedMatrix matrix, int tokens, float* y)
    {
        TorchRuntime.Start(_team.Size);
        int panelTiles = PanelRows(matrix) / TileFormats.Rows;
        for (int first = 0; first < matrix.TileCount; first += panelTiles)
        {
            int tiles = Math.Min(panelTiles, matrix.TileCount - first), rows = tiles * TileFormats.Rows;
            _widen.Run(_team, matrix, first, tiles, _panelData);
            _team.Rest();
            using (inference_mode())
            using (NewDisposeScope())
            {
                Tensor inputs = View(_inputs, tokens, matrix.Columns), weights = View(_panel, matrix.Columns, rows);
                View(_outputs, tokens, rows).addmm_(inputs, weights, beta: 0, alpha: 1);
            }

            _result.Run(_team, tokens, _outputData, rows, y + (first * TileFormats.Rows), matrix.PaddedRows);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        _panel.Dispose();
        _outputs.Dispose();
    }

    private static (long Inputs, long Panel, long Outputs) Elements(int tokens, ReadOnlySpan<PackedMatrix> matrices)
    {
        (long inputs, long panel, long outputs) most = default;
        foreach (PackedMatrix matrix in matrices)
        {
            int rows = PanelRows(matrix);
            most = (Math.Max(most.inputs, (long)tokens * matrix.Columns), Math.Max(most.panel, (long)rows * matrix.Columns), Math.Max(most.outputs, (long)tokens * rows));
        }

        return most;
    }

    private static int PanelRows(PackedMatrix matrix)
    {
        const int strip = BrainKernels.Strip * TileFormats.Rows;
        return Math.Min(Math.Max(PanelBytes / sizeof(ushort) / matrix.Columns / strip * strip, LeastPanelRows), matrix.PaddedRows);
    }

    private static Tensor View(Tensor flat, long rows, long columns) => flat.narrow(0, 0, rows * columns).view(rows, columns);

    private static Tensor Room(long elements) => empty(elements, dtype: bfloat16).DetachFromDisposeScope();

    /// <summary>Tiles to bf16 [column, row].</summary>
    private sealed class PanelJob : TeamJob
    {
        private PackedMatrix? _matrix;
        private int _first, _tiles;
        private ushort* _to;

        internal void Run(ThreadTeam team, PackedMatrix matrix, int first, int tiles, ushort* to)
        {
            (_matrix, _first, _tiles) = (matrix, first, tiles);
            _to = to;
            team.Run(this, (tiles + BrainKernels.Strip - 1) / BrainKernels.Strip);
        }

        internal override void Execute(int chunk, int worker)
        {
            int tile = chunk * BrainKernels.Strip;
            BrainKernels.Widen(_matrix!, _first + tile, Math.Min(BrainKernels.Strip, _tiles - tile), _to + (tile * TileFormats.Rows), _tiles * TileFormats.Rows, BrainKernels.Fast);
        }
    }

    /// <summary>Results to fp32.</summary>
    private sealed class ResultJob : TeamJob
    {
        private const int Tokens = 16;
        private ushort* _from;
        private float* _to;
        private int _tokens, _rows, _stride;

        internal void Run(ThreadTeam team, int tokens, ushort* from, int rows, float* to, int stride)
        {
            (_tokens, _rows, _stride) = (tokens, rows, stride);
            _from = from;
            _to = to;
            team.Run(this, (tokens + Tokens - 1) / Tokens);
        }

        internal override void Execute(int chunk, int worker)
        {
            int end = Math.Min((chunk + 1) * Tokens, _tokens);
            for (int token = chunk * Tokens; token < end; token++)
            {
                BrainKernels.Widen(_from + ((long)token * _rows), _to + ((long)token * _stride), _rows);
            }
        }
    }
}
