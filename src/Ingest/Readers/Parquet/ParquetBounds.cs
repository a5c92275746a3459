using Parquet.Meta;

namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>
/// What a Parquet file claims, held against its size before it is read: Parquet.Net takes room for as many values as footer and page headers name, whatever follows them.
/// </summary>
static class ParquetBounds
{
    private const int FreeValues = 1 << 19; // repeated values and nulls take next to no bytes
    private const int ValuesPerByte = 8;
    private const long MaxPage = 256 << 20; // bytes, unpacked

    /// <summary>The footer itself: fields of the right types, lists and texts not longer than what is left of it.</summary>
    public static void CheckFooter(ReadOnlyMemory<byte> file)
    {
        int length = file.Length < 12 ? -1 : BitConverter.ToInt32(file.Span[^8..]);
        if (length < 0 || length > file.Length - 12)
        {
            throw new InvalidDataException($"a footer of {length} bytes in a file of {file.Length}");
        }

        new CompactThrift(file[^(length + 8)..^8]) { KnownOnly = true }.Struct(ParquetFooter.Whole);
    }

    /// <summary>The values of each row group, and the pages of its columns.</summary>
    public static void Check(FileMetaData meta, ReadOnlyMemory<byte> file)
    {
        long most = FreeValues + (ValuesPerByte * (long)file.Length);
        foreach (RowGroup group in meta.RowGroups)
        {
            long values = 0, rows = most;
            foreach (ColumnChunk chunk in group.Columns)
            {
                ColumnMetaData column = chunk.MetaData ?? throw new InvalidDataException("a column without a description");
                values += Within(column.NumValues, most, "values of a row group");
                Within(values, most, "values of a row group");
                rows = Math.Min(rows, column.NumValues); // a row has one at least in every column, if only an empty one
                Pages(column, file, most);
            }

            Within(group.NumRows, rows, "rows of a row group");
        }
    }

    private static void Pages(ColumnMetaData column, ReadOnlyMemory<byte> file, long most)
    {
        long[] starts = [column.DataPageOffset, column.DictionaryPageOffset ?? 0, column.IndexPageOffset ?? 0];
        long at = starts.Where(static start => start != 0).DefaultIfEmpty(-1).Min(), values = 0;
        while (values < column.NumValues)
        {
            CompactThrift header = new(file[(int)Within(at, file.Length, "place of a page")..]);
            (long type, long unpacked, long packed, long count) = header.Page();
            Within(unpacked, MaxPage, "bytes of a page");
            at += header.Position + Within(packed, file.Length, "packed bytes of a page");
            values += Within(count, most, "values of a page") is long more && type == (long)PageType.DICTIONARY_PAGE ? 0 : more;
        }
    }

    private static long Within(long value, long most, string what) => value >= 0 && value <= most ? value : throw new InvalidDataException($"{value} {what}, at most {most} are read of a file of this size");
}
