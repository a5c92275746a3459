using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Torch;

namespace Jmlr.Llm.Execution;

/// <summary>Up to three matrices times the same activations in one fork: the tiles of all of them are shared out in small dynamic chunks.</summary>
sealed unsafe class MultiplyJob(ThreadTeam team, InstructionSet set, Activations activations) : TeamJob
{
    private const int Most = 3;
    private const int ChunksPerThread = 6;
    private readonly PackedMatrix[] _matrices = new PackedMatrix[Most];
    private readonly float*[] _outputs = new float*[Most];
    private int _count, _tiles, _chunkTiles;

    /// <summary>Who multiplies; null for the kernels over tiles.</summary>
    internal MatrixUnits? Units { get; set; }

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
        int first = chunk * _chunkTiles, end = Math.Min(first + _chunkTiles, _tiles), offset = 0;
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
        if (Units is not null)
        {
            for (int i = 0; i < _count; i++)
            {
                Units.Multiply(_matrices[i], activations.Tokens, _outputs[i]);
                if (_matrices[i].Bias is not null)
                {
                    AddBias(_matrices[i], 0, _matrices[i].TileCount, _outputs[i]);
                }
            }

            (_count, _tiles) = (0, 0);
            return;
        }

        _chunkTiles = Math.Max(1, (_tiles + (team.Size * ChunksPerThread) - 1) / (team.Size * ChunksPerThread));
        team.Run(this, (_tiles + _chunkTiles - 1) / _chunkTiles);
        (_count, _tiles) = (0, 0);
    }
}
