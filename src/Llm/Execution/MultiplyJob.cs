using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Up to three matrices times the same activations in one fork: the tiles of all of them are shared out in dynamic chunks. For one token the chunks shrink towards the
/// end, so that no thread waits long for the last, and hold as many tiles as are read side by side.
/// </summary>
sealed unsafe class MultiplyJob(ThreadTeam team, InstructionSet set, Activations activations) : TeamJob
{
    private const int Most = 3;
    private const int ChunksPerThread = 6;
    private readonly PackedMatrix[] _matrices = new PackedMatrix[Most];
    private readonly float*[] _outputs = new float*[Most];
    private readonly int[] _starts = new int[(16 * team.Size) + 64]; // first tile of each chunk, and the end of the last
    private int _count, _tiles;

    internal override bool Brief => activations.Tokens == 1;

    /// <summary>y = matrix x activations; rows of y are the padded rows of the matrix apart.</summary>
    internal void Run(PackedMatrix matrix, float* y)
    {
        Add(matrix, y);
        Run();
    }

    /// <summary>Two products.</summary>
    internal void Run(PackedMatrix a, float* ya, PackedMatrix b, float* yb)
    {
        Add(a, ya);
        Add(b, yb);
        Run();
    }

    /// <summary>Three products.</summary>
    internal void Run(PackedMatrix a, float* ya, PackedMatrix b, float* yb, PackedMatrix c, float* yc)
    {
        Add(a, ya);
        Add(b, yb);
        Add(c, yc);
        Run();
    }

    internal override void Execute(int chunk, int worker)
    {
        int first = _starts[chunk], end = _starts[chunk + 1], offset = 0;
        for (int i = 0; i < _count && offset < end; i++)
        {
            PackedMatrix matrix = _matrices[i];
            int from = Math.Max(first - offset, 0), to = Math.Min(end - offset, matrix.TileCount);
            if (from < to)
            {
                set.TilesOf(matrix.Format).Multiply(matrix, from, to, activations, _outputs[i], matrix.PaddedRows);
                if (matrix.Bias is not null)
                {
                    AddBias(matrix, from, to, _outputs[i]);
                }
            }

            offset += matrix.TileCount;
        }
    }

    private void AddBias(PackedMatrix matrix, int from, int to, float* y)
    {
        int first = from * TileFormats.Rows, count = (to - from) * TileFormats.Rows;
        for (int token = 0; token < activations.Tokens; token++)
        {
            set.Floats.Add(y + ((long)token * matrix.PaddedRows) + first, matrix.Bias + first, count);
        }
    }

    private void Add(PackedMatrix matrix, float* y)
    {
        _matrices[_count] = matrix;
        _outputs[_count++] = y;
        _tiles += matrix.TileCount;
    }

    private void Run()
    {
        team.Run(this, Share());
        (_count, _tiles) = (0, 0);
    }

    // Returns the number of chunks.
    private int Share()
    {
        int threads = team.Size, chunks = 0;
        for (int at = 0; at < _tiles; _starts[chunks] = at)
        {
            int left = _tiles - at, wanted = activations.Tokens == 1 ? RoundUp(left / (2 * threads), TileStreams.Count) : ((_tiles - 1) / (ChunksPerThread * threads)) + 1;
            at += ++chunks == _starts.Length - 1 ? left : Math.Min(Math.Max(wanted, 1), left);
        }

        return chunks;
    }

    private static int RoundUp(int value, int step) => (Math.Max(value, 1) + step - 1) / step * step;
}
