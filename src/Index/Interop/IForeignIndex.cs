namespace Jmlr.Index.Interop;

/// <summary>One chunk of a foreign index.</summary>
/// <param name="Lengths">Tokens of each passage; 0 for one that was removed.</param>
/// <param name="Codes">Centroid of each token.</param>
/// <param name="Residuals">Packed rows [tokens, dim * bits / 8], in the bit order that all of them have.</param>
sealed record ForeignChunk(int[] Lengths, int[] Codes, byte[] Residuals);

/// <summary>An index of another engine; whoever implements this has checked every size against every other.</summary>
interface IForeignIndex
{
    /// <summary>The file that names dimension and bits, for messages.</summary>
    string MetadataPath { get; }

    int Bits { get; }

    int Dimension { get; }

    int Chunks { get; }

    /// <summary>fp16 [K, dim].</summary>
    ushort[] Centroids { get; }

    /// <summary>Ascending [2^bits - 1].</summary>
    float[] Cutoffs { get; }

    /// <summary>Ascending [2^bits].</summary>
    float[] Weights { get; }

    ForeignChunk Read(int chunk);
}
