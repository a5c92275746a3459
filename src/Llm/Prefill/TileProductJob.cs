using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Models.Torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Products of many tokens on the matrix units that libtorch lends (<see cref="TileProduct"/>): a thread widens a panel of rows for itself and multiplies it with all tokens, so
/// nothing is copied again, no thread waits for another within a matrix, and results are rounded once.
/// </summary>
sealed unsafe class TileProductJob : TeamJob, IDisposable
{
    /// <summary>Tokens of a block: inputs and results have room for whole blocks.</summary>
    internal const int BlockTokens = 64;

    private const int WideTiles = 8, NarrowTiles = 4, WantedPanels = 8; // of 128 rows, or 64 where there would be too few for all threads
    private const int MostColumns = 4096; // of a panel: 1 MB, half of a second-level cache
    private readonly ThreadTeam _team;
    private readonly long _weightBytes, _workerBytes;
    private readonly NativeBuffer _room; // per thread: a panel [columns / 2, rows, 2] bf16, its results [tokens, rows] fp32
    private WideMatrix? _matrix;
    private ushort* _inputs, _outputs;
    private int _tokens, _stride, _panelTiles, _columns;

    /// <summary>For matrices of at most <paramref name="mostColumns"/> columns and <paramref name="mostTokens"/> tokens.</summary>
    internal TileProductJob(ThreadTeam team, int mostTokens, int mostColumns)
    {
        _team = team;
        _weightBytes = WideTiles * TileFormats.Rows * sizeof(ushort) * (long)PanelColumns(mostColumns);
        _workerBytes = Measure(1, mostTokens, mostColumns);
        _room = new NativeBuffer(team.Size * _workerBytes, clear: false);
    }

    /// <summary>Whether the shape allows it.</summary>
    internal static bool Supports(WideMatrix matrix) => matrix.Columns % TileFormats.Block == 0;

    /// <summary>Bytes that such an object takes.</summary>
    internal static long Measure(int threads, int mostTokens, int mostColumns) =>
        (long)threads * WideTiles * TileFormats.Rows * ((sizeof(ushort) * (long)PanelColumns(mostColumns)) + (sizeof(float) * ((long)mostTokens + BlockTokens)));

    /// <summary>outputs [tokens, rows] = inputs [tokens, columns] x matrix, bf16; the inputs have room for whole blocks of tokens.</summary>
    internal void Run(WideMatrix matrix, int tokens, ushort* inputs, ushort* outputs, int stride)
    {
        (_matrix, _tokens, _stride) = (matrix, tokens, stride);
        _inputs = inputs;
        _outputs = outputs;
        _columns = PanelColumns(matrix.Columns);
        _panelTiles = matrix.TileCount < WantedPanels * WideTiles ? NarrowTiles : WideTiles;
        _team.Run(this, (matrix.TileCount + _panelTiles - 1) / _panelTiles);
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    internal override void Execute(int chunk, int worker)
    {
        WideMatrix matrix = _matrix!;
        int first = chunk * _panelTiles, tiles = Math.Min(_panelTiles, matrix.TileCount - first), rows = tiles * TileFormats.Rows;
        byte* room = _room.Pointer + (worker * _workerBytes);
        float* results = (float*)(room + _weightBytes);
        bool whole = _columns == matrix.Columns;
        for (int from = 0; from < matrix.Columns; from += _columns)
        {
            int count = Math.Min(_columns, matrix.Columns - from);
            Widen(matrix, first, tiles, from, from + count, (uint*)room);
            for (int token = 0; token < _tokens; token += BlockTokens)
            {
                // Sums of a part of the columns wait for the others; those of all are rounded while they lie in the first-level cache.
                float* sums = whole ? results : results + ((long)token * rows);
                TileProduct.Run(BlockTokens, rows, count, _inputs + ((long)token * matrix.Columns) + from, matrix.Columns, (ushort*)room, sums, rows, add: from > 0);
                if (from + count == matrix.Columns)
                {
                    Round(sums, token, first, rows);
                }
            }
        }

        TileProduct.Release();
    }

    // Equal parts of the columns, of whole blocks.
    private static int PanelColumns(int columns)
    {
        int parts = (columns + MostColumns - 1) / MostColumns, each = (columns + parts - 1) / parts;
        return (each + TileFormats.Block - 1) / TileFormats.Block * TileFormats.Block;
    }

    private static void Widen(WideMatrix matrix, int first, int tiles, int from, int end, uint* panel)
    {
        for (int i = 0; i < matrix.Parts.Length; i++)
        {
            (int tile, int count, int row) = matrix.Within(i, first, tiles);
            if (count > 0)
            {
                BrainKernels.WidenPairs(matrix.Parts[i], tile, count, from, end, panel + row, tiles * TileFormats.Rows, BrainKernels.Fast);
            }
        }
    }

    private void Round(float* sums, int token, int first, int rows)
    {
        int end = Math.Min(token + BlockTokens, _tokens);
        for (ushort* to = _outputs + ((long)token * _stride) + (first * TileFormats.Rows); token < end; token++, sums += rows, to += _stride)
        {
            BrainKernels.Narrow(sums, to, rows);
        }
    }
}
