namespace Jmlr.Ingest.Documents;

/// <summary>A half-open range of UTF-16 units.</summary>
public readonly record struct CharSpan(int Start, int End)
{
    /// <summary>Number of UTF-16 units.</summary>
    public int Length => End - Start;
}
