using System.Buffers;
using Jmlr.Ingest.Readers.Records;

namespace Jmlr.Ingest.Readers.Json;

/// <summary>An object a line.</summary>
sealed class JsonLinesLayout : RecordLayout
{
    public static JsonLinesLayout Instance { get; } = new();

    public override bool IsByLine => true;

    public override RecordCut Cut(ReadOnlySpan<byte> rest, bool first)
    {
        int length = rest.LastIndexOf((byte)'\n') + 1;
        return new RecordCut(length, rest[..length].Count((byte)'\n'));
    }
}

/// <summary>One array of records: a piece is an array too.</summary>
sealed class JsonArrayLayout : RecordLayout
{
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"[]{},"u8);

    public static JsonArrayLayout Instance { get; } = new();

    public override ReadOnlySpan<byte> Opening => "["u8;

    public override ReadOnlySpan<byte> Closing => "]"u8;

    public override RecordCut Cut(ReadOnlySpan<byte> rest, bool first)
    {
        int depth = first ? 0 : 1, length = 0;
        long records = 0;
        for (int at = 0; at < rest.Length; at++)
        {
            int mark = rest[at..].IndexOfAny(Marks);
            if (mark < 0)
            {
                break;
            }

            at += mark;
            switch (rest[at])
            {
                case (byte)'"':
                    at = EndOfText(rest, at + 1);
                    break;
                case (byte)'[' or (byte)'{':
                    depth++;
                    break;
                case (byte)',':
                    (length, records) = depth == 1 ? (at + 1, records + 1) : (length, records);
                    break;
                case var _ when --depth <= 0:
                    return new RecordCut(length, records); // the end of the array; what follows is told by whoever reads the last piece
            }
        }

        return new RecordCut(length, records);
    }

    /// <summary>Place of the quote that ends a text.</summary>
    private static int EndOfText(ReadOnlySpan<byte> rest, int at)
    {
        while (at < rest.Length)
        {
            int found = rest[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                break;
            }

            at += found;
            if (rest[at] == '"')
            {
                return at;
            }

            at += 2;
        }

        return rest.Length;
    }
}
