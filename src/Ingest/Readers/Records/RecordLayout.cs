namespace Jmlr.Ingest.Readers.Records;

/// <summary>How the records of a file lie, told from its beginning: where the file can be parted, and what its reader must know of the beginning to read a later piece.</summary>
abstract class RecordLayout
{
    /// <summary>What is put before every piece but the first, so that it reads like a file.</summary>
    public virtual ReadOnlySpan<byte> Opening => [];

    /// <summary>What is put behind every piece but the last.</summary>
    public virtual ReadOnlySpan<byte> Closing => [];

    /// <summary>True when the next line is the next record, whatever is wrong with this one.</summary>
    public virtual bool IsByLine => false;

    /// <summary>The whole records at the beginning of what is left of the file; none is of length 0.</summary>
    public abstract RecordCut Cut(ReadOnlySpan<byte> rest, bool first);
}

/// <summary>Whole records at the beginning of some bytes.</summary>
/// <param name="Length">Bytes of them.</param>
/// <param name="Records">Their number.</param>
readonly record struct RecordCut(int Length, long Records);
