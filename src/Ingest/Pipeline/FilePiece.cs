using Jmlr.Ingest.Readers;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A file or a piece of it, or why there is none.</summary>
/// <param name="File">What is read.</param>
/// <param name="Refused">Why nothing is.</param>
/// <param name="Bytes">Bytes of the input that it stands for, unpacked.</param>
readonly record struct FilePiece(SourceFile? File, Rejection? Refused, long Bytes = 0)
{
    /// <summary>The pieces; where reading them fails with what <paramref name="refusal"/> has a reason for, that reason is the last.</summary>
    public static IEnumerable<FilePiece> Guarded(IEnumerable<FilePiece> pieces, Func<Exception, Rejection?> refusal)
    {
        using IEnumerator<FilePiece> next = pieces.GetEnumerator();
        Rejection? refused = null;
        while (refused is null)
        {
            FilePiece piece = default;
            bool more = false;
            try
            {
                more = next.MoveNext();
                piece = more ? next.Current : default;
            }
            catch (Exception error) when ((refused = refusal(error)) is not null)
            {
                piece = new FilePiece(null, refused);
            }

            if (!more && refused is null)
            {
                yield break;
            }

            yield return piece;
        }
    }
}
