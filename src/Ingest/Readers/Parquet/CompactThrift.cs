namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>Walks the compact form of Thrift that Parquet's headers are in: no length beyond what is left, no more than some depth.</summary>
sealed class CompactThrift(ReadOnlyMemory<byte> bytes)
{
    private const int MaxDepth = 16;

    /// <summary>Bytes walked over.</summary>
    public int Position { get; private set; }

    /// <summary>True: a field that is not known is refused, unless it is a number, a flag or a text.</summary>
    public bool KnownOnly { get; init; }

    /// <summary>Passes over a struct whose fields have the types that they should have.</summary>
    public void Struct(ThriftShape? shape, int depth = 0)
    {
        for (int id = 0; Field(ref id) is int type and > 0;)
        {
            Skip(type, shape?.Field(id), depth);
        }
    }

    /// <summary>A page header: type, size unpacked and packed, values; 0 where one is not stated.</summary>
    public (long Type, long Unpacked, long Packed, long Values) Page()
    {
        Span<long> numbers = stackalloc long[4]; // by field: 1 to 3
        long values = 0;
        for (int id = 0; Field(ref id) is int type and > 0;)
        {
            switch (id)
            {
                case >= 1 and <= 3 when type is > ThriftType.Byte and <= ThriftType.Int64:
                    numbers[id] = Zigzag();
                    break;
                case 5 or 7 or 8 when type == ThriftType.Struct: // of data, of a dictionary, of data in the second form: field 1 is the number of values
                    for (int inner = 0; Field(ref inner) is int kind and > 0;)
                    {
                        if (inner == 1 && kind is > ThriftType.Byte and <= ThriftType.Int64)
                        {
                            values = Math.Max(values, Zigzag());
                        }
                        else
                        {
                            Skip(kind, null, 1);
                        }
                    }

                    break;
                default:
                    Skip(type, null, 0);
                    break;
            }
        }

        return (numbers[1], numbers[2], numbers[3], values);
    }

    /// <summary>Type of the next field, 0 at the end of a struct; its number follows from the one before.</summary>
    private int Field(ref int id)
    {
        byte head = Next();
        if (head == 0)
        {
            return 0;
        }

        id = head >> 4 == 0 ? (int)Zigzag() : id + (head >> 4);
        return (head & 15) is int type and not 0 ? type : throw new InvalidDataException("a damaged header");
    }

    private void Skip(int type, ThriftShape? shape, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"headers nested more than {MaxDepth} deep");
        }

        Check(type, shape);
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Next();
                break;
            case > ThriftType.Byte and <= ThriftType.Int64:
                Varint();
                break;
            case ThriftType.Double:
                Take(sizeof(double));
                break;
            case ThriftType.Binary:
                Take(Varint());
                break;
            case ThriftType.List or ThriftType.Set:
                Items(shape?.Items, depth + 1);
                break;
            case ThriftType.Struct:
                Struct(shape, depth + 1);
                break;
            default:
                throw new InvalidDataException("a damaged header");
        }
    }

    private void Items(ThriftShape? shape, int depth)
    {
        byte head = Next();
        (ulong count, int type) = (head >> 4 == 15 ? Varint() : (ulong)(head >> 4), head & 15);
        Room(count);
        for (ulong i = 0; i < count; i++)
        {
            Skip(type is ThriftType.True or ThriftType.False ? ThriftType.Byte : type, shape, depth); // a flag in a list is a byte, and no list that we know has any
        }
    }

    private void Check(int type, ThriftShape? shape)
    {
        // What nobody knows Parquet.Net passes over too, and does so wrongly where it is more than a number or a text.
        if (shape is null ? KnownOnly && type is ThriftType.Byte or > ThriftType.Int64 and not ThriftType.Binary : !shape.Is(type))
        {
            throw new InvalidDataException("a header with a field of a wrong type");
        }
    }

    private long Zigzag() => Varint() is ulong value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Next();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a damaged number");
    }

    private byte Next()
    {
        Room(1);
        return bytes.Span[Position++];
    }

    private void Take(ulong count)
    {
        Room(count);
        Position += (int)count;
    }

    private void Room(ulong count)
    {
        if (count > (ulong)(bytes.Length - Position))
        {
            throw new InvalidDataException("a header that ends early");
        }
    }
}
