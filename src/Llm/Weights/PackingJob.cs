using Jmlr.Llm.Matrices;
using Jmlr.Llm.Threading;

namespace Jmlr.Llm.Weights;

/// <summary>Repacks a matrix with all threads.</summary>
sealed class PackingJob(ThreadTeam team) : TeamJob
{
    private const int TilesPerChunk = 4;
    private readonly TilePacker[] _packers = [.. Enumerable.Range(0, team.Size).Select(_ => new TilePacker())];
    private SourceMatrix _source;
    private PackedMatrix? _matrix;
    private volatile bool _damaged;

    /// <summary>Repacks; values that are not finite are refused with the name of the tensor.</summary>
    internal void Run(string path, in SourceMatrix source, PackedMatrix matrix)
    {
        (_source, _matrix, _damaged) = (source, matrix, false);
        team.Run(this, (matrix.TileCount + TilesPerChunk - 1) / TilesPerChunk);
        if (_damaged)
        {
            Throw.Data(path, $"tensor '{source.Name}' holds values that are not finite");
        }
    }

    internal override void Execute(int chunk, int worker)
    {
        int end = Math.Min((chunk + 1) * TilesPerChunk, _matrix!.TileCount);
        for (int tile = chunk * TilesPerChunk; tile < end; tile++)
        {
            if (!_packers[worker].Pack(_source, _matrix, tile))
            {
                _damaged = true;
            }
        }
    }
}
