using Jmlr.Index.Storage;

namespace Jmlr.Index.Search;

/// <summary>A piece of the passages with its lists, made when they are first asked for.</summary>
sealed class ListedPiece(IndexSnapshot snapshot, PassageBlock piece) : IDisposable
{
    private readonly Lazy<PassageLists> _lists = new(() => new PassageLists(snapshot.Segments[piece.Segment], snapshot.Codecs[snapshot.Segments[piece.Segment].CodecIndex].Count, piece));

    internal PassageBlock Passages { get; } = piece;

    internal int Codec { get; } = snapshot.Segments[piece.Segment].CodecIndex;

    internal PassageLists Lists => _lists.Value;

    public void Dispose()
    {
        if (_lists.IsValueCreated)
        {
            _lists.Value.Dispose();
        }
    }
}
