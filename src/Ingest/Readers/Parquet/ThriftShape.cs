namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>Types of the compact form of Thrift.</summary>
static class ThriftType
{
    public const int True = 1, False = 2, Byte = 3, Int16 = 4, Int32 = 5, Int64 = 6, Double = 7, Binary = 8, List = 9, Set = 10, Struct = 12;
}

/// <summary>What a value has to be.</summary>
/// <param name="type">Its type.</param>
/// <param name="items">What the items of a list have to be.</param>
/// <param name="fields">Fields of a struct by number from 1; null where any is passed over.</param>
sealed class ThriftShape(int type, ThriftShape? items = null, params ThriftShape?[] fields)
{
    public static ThriftShape Flag { get; } = new(ThriftType.True);

    public static ThriftShape I8 { get; } = new(ThriftType.Byte);

    public static ThriftShape I16 { get; } = new(ThriftType.Int16);

    public static ThriftShape I32 { get; } = new(ThriftType.Int32);

    public static ThriftShape I64 { get; } = new(ThriftType.Int64);

    public static ThriftShape Text { get; } = new(ThriftType.Binary);

    /// <inheritdoc cref="ThriftShape"/>
    public ThriftShape? Items => items;

    public static ThriftShape List(ThriftShape items) => new(ThriftType.List, items);

    public static ThriftShape Struct(params ThriftShape?[] fields) => new(ThriftType.Struct, null, fields);

    /// <summary>What a field has to be; null when that is not known.</summary>
    public ThriftShape? Field(int id) => id >= 1 && id <= fields.Length ? fields[id - 1] : null;

    /// <summary>True when a value has the type; a flag has its value for a type.</summary>
    public bool Is(int other) => type == other || (type == ThriftType.True && other == ThriftType.False);
}
