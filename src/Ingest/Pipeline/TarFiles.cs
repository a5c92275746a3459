using System.Text;

namespace Jmlr.Ingest.Pipeline;

/// <summary>What an entry of a tar archive is.</summary>
enum TarKind
{
    File,
    Folder,
    Other,
}

/// <summary>
/// The entries of a tar archive in order: ustar, GNU and PAX (POSIX.1-2001, <c>pax</c>). Reading ahead is bounded whatever the headers claim: the reader of the runtime takes as much memory as a
/// header of names says that it is long.
/// </summary>
/// <param name="tape">The archive, unpacked.</param>
/// <param name="path">Its name, for reasons.</param>
sealed class TarFiles(Stream tape, string path)
{
    private const int Block = 512;
    private const int MaxHeader = 1 << 20; // bytes of a long name or of the fields of PAX

    private readonly byte[] _block = new byte[Block];
    private long _left; // bytes of the content of this entry that were not read
    private int _padding;

    /// <summary>Name and kind of the next entry; false at the end.</summary>
    public bool Next(out string name, out TarKind kind)
    {
        (name, kind) = ("", TarKind.Other);
        string? longName = null;
        PaxFields pax = default;
        while (Header())
        {
            ReadOnlySpan<byte> header = _block;
            long size = Number(header.Slice(124, 12));
            char type = (char)header[156];
            switch (type)
            {
                case 'x':
                    pax = PaxFields.Read(Ahead(size), this);
                    continue;
                case 'L':
                    longName = Text(Ahead(size));
                    continue;
                case 'K' or 'g':
                    Begin(size);
                    continue;
                default:
                    name = pax.Name ?? longName ?? Name(header);
                    kind = Kind(type, name, pax.IsSparse);
                    SkipSparseMap(type);
                    Begin(type is >= '2' and <= '6' ? 0 : pax.Size ?? size); // links, devices and folders have no content, whatever their size
                    return true;
            }
        }

        return false;
    }

    /// <summary>The content of the entry, until the next is asked for.</summary>
    public Stream Content() => new EntryStream(this);

    /// <summary>Refuses the archive.</summary>
    public T Damaged<T>() => Throw.Data<T>("a damaged tar archive", path);

    private static TarKind Kind(char type, string name, bool sparse) => type switch
    {
        '5' => TarKind.Folder,
        '0' or '\0' or '7' when !sparse => name.EndsWith('/') ? TarKind.Folder : TarKind.File,
        _ => TarKind.Other,
    };

    /// <summary>Goes to the next header: false at a block of zeros, or at the end of the bytes.</summary>
    private bool Header()
    {
        SkipRest();
        int read = tape.ReadAtLeast(_block, Block, throwOnEndOfStream: false);
        if (read == 0 || (read == Block && !_block.AsSpan().ContainsAnyExcept((byte)0)))
        {
            return false;
        }

        return read < Block || !HasChecksum() ? Damaged<bool>() : true;
    }

    private bool HasChecksum()
    {
        (int sum, int signed) = (0, 0); // old programs took bytes for signed
        for (int i = 0; i < Block; i++)
        {
            byte one = i is >= 148 and < 156 ? (byte)' ' : _block[i];
            sum += one;
            signed += (sbyte)one;
        }

        return Number(_block.AsSpan(148, 8)) is long stated && (stated == sum || stated == signed);
    }

    private void Begin(long size)
    {
        _left = size;
        _padding = (int)(-size & (Block - 1));
    }

    private byte[] Ahead(long size)
    {
        if (size > MaxHeader)
        {
            Throw.Data($"a tar archive with a name of {size} bytes, at most {MaxHeader} are read", path);
        }

        Begin(size);
        byte[] content = new byte[size];
        return ReadContent(content, fully: true) == size ? content : Damaged<byte[]>();
    }

    private int ReadContent(Span<byte> buffer, bool fully = false)
    {
        int most = (int)Math.Min(buffer.Length, _left);
        int read = tape.ReadAtLeast(buffer[..most], fully ? most : Math.Min(1, most), throwOnEndOfStream: false);
        _left -= read;
        return read > 0 || most == 0 ? read : Damaged<int>();
    }

    private void SkipRest()
    {
        Span<byte> buffer = stackalloc byte[8192];
        while (_left > 0)
        {
            ReadContent(buffer);
        }

        // The last archive of some programs ends without the padding.
        tape.ReadAtLeast(buffer[.._padding], _padding, throwOnEndOfStream: false);
        _padding = 0;
    }

    /// <summary>The map of a sparse file of GNU goes on in blocks of its own, as long as each says so.</summary>
    private void SkipSparseMap(char type)
    {
        for (int more = 482; type == 'S' && _block[more] != 0; more = 504)
        {
            if (tape.ReadAtLeast(_block, Block, throwOnEndOfStream: false) < Block)
            {
                Damaged<bool>();
            }
        }
    }

    private static string Name(ReadOnlySpan<byte> header)
    {
        string name = Text(header[..100]), prefix = header[257..].StartsWith("ustar\0"u8) ? Text(header.Slice(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is int end and >= 0 ? field[..end] : field);

    /// <summary>A number in octal digits, or in binary where the first bit says so.</summary>
    private long Number(ReadOnlySpan<byte> field)
    {
        bool binary = field[0] >= 0x80;
        ReadOnlySpan<byte> digits = binary ? field : field.TrimStart((byte)' ');
        digits = !binary && digits.IndexOfAny((byte)' ', (byte)0) is int end and >= 0 ? digits[..end] : digits;
        long value = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = binary ? digits[i] & (i == 0 ? 0x7F : 0xFF) : digits[i] - '0';
            if (value >= long.MaxValue >> 9 || digit < 0 || (!binary && digit > 7))
            {
                return Damaged<long>();
            }

            value = (value << (binary ? 8 : 3)) + digit;
        }

        return value;
    }

    /// <summary>What the fields of PAX say of the entry after them.</summary>
    private readonly record struct PaxFields(string? Name, long? Size, bool IsSparse)
    {
        /// <summary>Reads "length key=value" lines; the length counts all of the line.</summary>
        public static PaxFields Read(ReadOnlySpan<byte> lines, TarFiles tar)
        {
            PaxFields fields = default;
            while (lines.Length > 0)
            {
                int space = lines.IndexOf((byte)' ');
                if (space < 1 || !int.TryParse(lines[..space], out int length) || length <= space + 1 || length > lines.Length || lines[length - 1] != '\n')
                {
                    return tar.Damaged<PaxFields>();
                }

                ReadOnlySpan<byte> line = lines[(space + 1)..(length - 1)];
                int equals = line.IndexOf((byte)'=');
                ReadOnlySpan<byte> key = equals < 0 ? line : line[..equals], value = line[(equals + 1)..];
                if (key.SequenceEqual("path"u8))
                {
                    fields = fields with { Name = Encoding.UTF8.GetString(value) };
                }
                else if (key.SequenceEqual("size"u8))
                {
                    fields = fields with { Size = long.TryParse(value, out long size) && size >= 0 ? size : tar.Damaged<long>() };
                }
                else if (key.StartsWith("GNU.sparse."u8))
                {
                    fields = fields with { IsSparse = true };
                }

                lines = lines[length..];
            }

            return fields;
        }
    }

    /// <summary>The bytes of one entry.</summary>
    private sealed class EntryStream(TarFiles files) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => files.ReadContent(buffer);
    }
}
