using Jmlr.Ingest.Privacy;

namespace Jmlr.Ingest.Pipeline;

/// <summary>An input that was refused.</summary>
/// <param name="Path">File, with the line or record where it is one of many.</param>
/// <param name="Why">One line.</param>
public sealed record Rejection(string Path, string Why);

/// <summary>What an ingestion did.</summary>
/// <param name="Read">Documents read.</param>
/// <param name="Added">New documents.</param>
/// <param name="Updated">New versions of known documents.</param>
/// <param name="Unchanged">Documents stored already.</param>
/// <param name="Rejected">Inputs refused; the first ten thousand by name.</param>
/// <param name="RejectedCount">Inputs refused in all.</param>
/// <param name="Passages">Passages of the documents that were added or updated.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record IngestResult(
    long Read, long Added, long Updated, long Unchanged, IReadOnlyList<Rejection> Rejected, long RejectedCount, long Passages, long Bytes, double Seconds)
{
    /// <summary>Documents removed because their file no longer has them (a folder kept in step).</summary>
    public long Removed { get; init; }

    /// <summary>
    /// Of <see cref="Passages"/>, those that say nearly the same as one stored before them. They are stored all the same.
    /// Null when they were too many to count.
    /// </summary>
    public long? NearDuplicates { get; init; }

    /// <summary>Files that look as if they had patients' data in them, the first ten thousand.</summary>
    public IReadOnlyList<PatientDataWarning> Warnings { get; init; } = [];
}
