using System.Buffers.Binary;

namespace Jmlr.Index.Storage;

/// <summary>The fixed-size section of a segment.</summary>
/// <param name="Dimension">Dimension of a vector.</param>
/// <param name="Bits">Bits of a residual value.</param>
/// <param name="Passages">Number of passages.</param>
/// <param name="Tokens">Number of tokens.</param>
/// <param name="NormLow">Inverse length that norm byte 0 stands for.</param>
/// <param name="NormStep">Step of the norm bytes.</param>
/// <param name="MostCoded">Upper bound of the length of a coded residual.</param>
/// <param name="MostGridError">Upper bound of the length that the 7-bit grid leaves out.</param>
/// <param name="ResidualSum">Sum of the lengths of the residuals, for drift.</param>
/// <param name="Outliers">Tokens farther from their centroid than 99 of 100 of the training sample.</param>
readonly record struct SegmentParameters(
    int Dimension, int Bits, int Passages, long Tokens, float NormLow, float NormStep, float MostCoded, float MostGridError, double ResidualSum, long Outliers)
{
    internal const int Length = 64;

    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Bits);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Passages);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Tokens);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(24), NormLow);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(28), NormStep);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(32), MostCoded);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(36), MostGridError);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(40), ResidualSum);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), Outliers);
        return bytes;
    }

    internal static SegmentParameters Read(BlockFile file)
    {
        ReadOnlySpan<byte> bytes = file.ReadAll<byte>(SectionId.Parameters, Length);
        var read = new SegmentParameters(
            BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadSingleLittleEndian(bytes[24..]), BinaryPrimitives.ReadSingleLittleEndian(bytes[28..]),
            BinaryPrimitives.ReadSingleLittleEndian(bytes[32..]), BinaryPrimitives.ReadSingleLittleEndian(bytes[36..]), BinaryPrimitives.ReadDoubleLittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]));
        bool finite = float.IsFinite(read.NormLow) && float.IsFinite(read.NormStep) && float.IsFinite(read.MostCoded) && float.IsFinite(read.MostGridError) && double.IsFinite(read.ResidualSum);
        if (!finite || read.NormLow < 0 || read.NormStep < 0 || read.MostCoded < 0 || read.MostGridError < 0)
        {
            Throw.Corrupt(file.Path, BlockFormat.Name(SectionId.Parameters), 0, "a parameter is negative or not finite");
        }

        return read;
    }
}
