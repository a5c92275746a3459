namespace Jmlr.Index.Storage;

/// <summary>Sections of our files, each by four letters (little-endian).</summary>
enum SectionId : uint
{
    /// <summary>Fixed-size parameters.</summary>
    Parameters = 'P' | ('A' << 8) | ('R' << 16) | ('M' << 24),
    /// <summary>u32 first token of each passage, and the number of tokens: [passages + 1].</summary>
    PassageTokens = 'D' | ('O' << 8) | ('C' << 16) | ('O' << 24),
    /// <summary>u16 centroid of each token.</summary>
    Codes = 'C' | ('O' << 8) | ('D' << 16) | ('E' << 24),
    /// <summary>Plane-packed residual codes: [tokens, dim * bits / 8].</summary>
    Residuals = 'R' | ('E' << 8) | ('S' << 16) | ('I' << 24),
    /// <summary>u8 inverse length of each token on the range of the parameters.</summary>
    Norms = 'N' | ('O' << 8) | ('R' << 16) | ('M' << 24),
    /// <summary>u32 byte offset of each id, and their length: [passages + 1].</summary>
    IdOffsets = 'I' | ('D' << 8) | ('O' << 16) | ('F' << 24),
    /// <summary>Passage ids, UTF-8, one after the other, in ordinal order.</summary>
    Ids = 'I' | ('D' << 8) | ('S' << 16) | (' ' << 24),
    /// <summary>SHA-256 of each passage's retriever text: [passages, 32].</summary>
    TextHashes = 'H' | ('A' << 8) | ('S' << 16) | ('H' << 24),
    /// <summary>fp16 centroids [count, dim].</summary>
    Centroids = 'C' | ('E' << 8) | ('N' << 16) | ('T' << 24),
    /// <summary>f32 cutoffs of the buckets [2^bits - 1].</summary>
    Cutoffs = 'C' | ('U' << 8) | ('T' << 16) | ('S' << 24),
    /// <summary>f32 weights of the buckets [2^bits].</summary>
    Weights = 'W' | ('G' << 8) | ('T' << 16) | ('S' << 24),
    /// <summary>One bit for each passage, set when it is dead.</summary>
    Dead = 'D' | ('E' << 8) | ('A' << 16) | ('D' << 24),
}

/// <summary>Kinds of block files.</summary>
enum BlockFileKind : uint
{
    /// <summary>Passages and their compressed tokens (.jms).</summary>
    Segment = 1,
    /// <summary>Centroids and buckets (.jmc).</summary>
    Codec = 2,
    /// <summary>Dead passages of a segment (.del).</summary>
    Tombstones = 3,
}

/// <summary>Place of one section.</summary>
/// <param name="Id">Which.</param>
/// <param name="Offset">Byte offset in the file.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="FirstChecksum">Index of its first block in the checksum table.</param>
readonly record struct SectionPlace(SectionId Id, long Offset, long Length, int FirstChecksum);
