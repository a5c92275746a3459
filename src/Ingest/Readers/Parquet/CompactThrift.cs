namespace Jmlr.Ingest.Readers.Parquet;

/// <summary>Walks the compact form of Thrift that Parquet's headers are in: no length beyond what is left, no more than some depth.</summary>
sealed class CompactThrift(ReadOnlyMemory<byte> bytes)
{
    private const int MaxDepth = 16;
    private const int Bool = 1, False = 2, Byte = 3, Int64 = 6, Double = 7, Binary = 8, List = 9, Set = 10, Nested = 12;

    /// <summary>Bytes walked over.</summary>
    public int Position { get; private set; }

    /// <summary>Passes over a struct.</summary>
    public void Struct(int depth = 0)
    {
        for (int id = 0; Field(ref id) is int type and > 0;)
        {
            Skip(type, depth);
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
                case >= 1 and <= 3 when type is > Byte and <= Int64:
                    numbers[id] = Zigzag();
                    break;
                case 5 or 7 or 8 when type == Nested: // of data, of a dictionary, of data in the second form: field 1 is the number of values
                    for (int inner = 0; Field(ref inner) is int kind and > 0;)
                    {
                        if (inner == 1 && kind is > Byte and <= Int64)
                        {
                            values = Math.Max(values, Zigzag());
                        }
                        else
                        {
                            Skip(kind, 1);
                        }
                    }

                    break;
                default:
                    Skip(type, 0);
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

    private void Skip(int type, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"headers nested more than {MaxDepth} deep");
        }

        switch (type)
        {
            case Bool or False:
                break;
            case >= Byte and <= Int64:
                if (type == Byte)
                {
                    Next();
                }
                else
                {
                    Varint();
                }

                break;
            case Double:
                Take(sizeof(double));
                break;
            case Binary:
                Take(Varint());
                break;
            case List or Set:
                byte head = Next();
                ulong count = head >> 4 == 15 ? Varint() : (ulong)(head >> 4);
                Room(count);
                for (ulong i = 0; i < count; i++)
                {
                    Element(head & 15, depth + 1);
                }

                break;
            case Nested:
                Struct(depth + 1);
                break;
            default:
                throw new InvalidDataException("a damaged header");
        }
    }

    private void Element(int type, int depth) => Skip(type is Bool or False ? Byte : type, depth);

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
