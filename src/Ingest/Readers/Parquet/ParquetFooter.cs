using static Jmlr.Ingest.Readers.Parquet.ThriftShape;

namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>
/// The types of the fields of a Parquet footer (<c>parquet.thrift</c> of the format's own repository). Parquet.Net reads a field as what it should be, whatever its header says; where that
/// differs it goes on at a wrong place, and beyond the end of the footer for ever.
/// </summary>
static class ParquetFooter
{
    private static readonly ThriftShape KeyValue = Struct(Text, Text), Empty = Struct();

    private static readonly ThriftShape TimeUnit = Struct(Empty, Empty, Empty), Time = Struct(Flag, TimeUnit);

    private static readonly ThriftShape LogicalType = Struct(
        Empty, Empty, Empty, Empty, Struct(I32, I32), Empty, Time, Time, null, Struct(I8, Flag), Empty, Empty, Empty, Empty, Empty, Struct(I8), Struct(Text), Struct(Text, I32));

    private static readonly ThriftShape SchemaElement = Struct(I32, I32, I32, Text, I32, I32, I32, I32, I32, LogicalType);

    private static readonly ThriftShape Statistics = Struct(Text, Text, I64, I64, Text, Text, Flag, Flag);

    private static readonly ThriftShape ColumnMetaData = Struct(
        I32, List(I32), List(Text), I32, I64, I64, I64, List(KeyValue), I64, I64, I64, Statistics, List(Struct(I32, I32, I32)), I64, I32, Struct(I64, List(I64), List(I64)));

    private static readonly ThriftShape ColumnCrypto = Struct(Empty, Struct(List(Text), Text)), Cipher = Struct(Text, Text, Flag);

    private static readonly ThriftShape ColumnChunk = Struct(Text, I64, ColumnMetaData, I64, I32, I64, I32, ColumnCrypto, Text);

    private static readonly ThriftShape RowGroup = Struct(List(ColumnChunk), I64, I64, List(Struct(I32, Flag, Flag)), I64, I64, I16);

    /// <summary>The whole: version, schema, rows, row groups, remarks, writer, orders of columns, encryption.</summary>
    public static ThriftShape Whole { get; } = Struct(I32, List(SchemaElement), I64, List(RowGroup), List(KeyValue), Text, List(Struct(Empty)), Struct(Cipher, Cipher), Text);
}
