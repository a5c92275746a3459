using System.Buffers.Binary;
using System.Globalization;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Interop.Npy;

/// <summary>
/// The header of a NumPy file (NEP 1): magic, version, length, then a Python dictionary with the keys descr, fortran_order and shape. Read as the work of a
/// stranger by a parser that knows nothing else.
/// </summary>
/// <param name="Type">Element type as NumPy names it without the byte order: f2, f4, i4, i8 or u1.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="DataOffset">First byte of the values.</param>
readonly record struct NpyHeader(string Type, long[] Shape, int DataOffset)
{
    internal const int MostLength = 1 << 16;
    private const int MostDimensions = 8;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header at the beginning of a file; null with the reason when it is not one of ours to read.</summary>
    internal static NpyHeader? Read(ReadOnlySpan<byte> start, out string reason)
    {
        reason = "no NumPy file";
        if (start.Length < 12 || !start.StartsWith(Magic) || start[6] is < 1 or > 3 || start[7] != 0)
        {
            return null;
        }

        int prefix = start[6] == 1 ? 10 : 12;
        long length = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > start.Length - prefix)
        {
            reason = $"a header of {length} bytes does not fit";
            return null;
        }

        var reader = new DictionaryReader(TextEncoding.Latin1.GetString(start.Slice(prefix, (int)length)));
        return reader.Read(out string type, out long[] shape, out reason) ? new NpyHeader(type, shape, prefix + (int)length) : null;
    }

    /// <summary>A version 1 header that is <paramref name="length"/> bytes long, or fills up to a multiple of 64.</summary>
    internal static byte[] Write(string descr, int length, params ReadOnlySpan<long> shape)
    {
        string sizes = shape.Length == 1
            ? shape[0].ToString(CultureInfo.InvariantCulture) + ","
            : string.Join(", ", shape.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)));
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}";
        int total = Math.Max(length, (10 + text.Length + 1 + 63) / 64 * 64);
        byte[] header = new byte[total];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        header.AsSpan(10).Fill((byte)' ');
        TextEncoding.ASCII.GetBytes(text, header.AsSpan(10));
        header[^1] = (byte)'\n';
        return header;
    }

    /// <summary>Reads {'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), } with its keys in any order.</summary>
    private ref struct DictionaryReader(string text)
    {
        private int _at;

        internal bool Read(out string type, out long[] shape, out string reason)
        {
            (type, shape, reason) = ("", [], "the header is not the dictionary of a NumPy array");
            bool haveType = false, haveOrder = false, haveShape = false;
            if (!Take('{'))
            {
                return false;
            }

            while (!Take('}'))
            {
                if (!Text(out string key) || !Take(':'))
                {
                    return false;
                }

                bool read = key switch
                {
                    "descr" when !haveType => haveType = Text(out type),
                    "fortran_order" when !haveOrder => haveOrder = Word("False"),
                    "shape" when !haveShape => haveShape = Sizes(out shape),
                    _ => false,
                };
                if (!read)
                {
                    reason = $"'{key}' in the header cannot be read: values row by row, of known type and shape, are needed";
                    return false;
                }

                if (!Take(',') && !Peek('}'))
                {
                    return false;
                }
            }

            if (!haveType || !haveOrder || !haveShape)
            {
                return false;
            }

            reason = $"elements '{type}': f2, f4, i4, i8 or u1, lowest byte first, are read";
            bool known = type is "<f2" or "<f4" or "<i4" or "<i8" or "|u1" or "<u1";
            type = known ? type[1..] : type;
            return known;
        }

        private bool Sizes(out long[] shape)
        {
            var sizes = new List<long>();
            shape = [];
            if (!Take('('))
            {
                return false;
            }

            while (!Take(')'))
            {
                int from = _at;
                while (_at < text.Length && char.IsAsciiDigit(text[_at]))
                {
                    _at++;
                }

                if (sizes.Count == MostDimensions || !long.TryParse(text.AsSpan(from, _at - from), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                {
                    return false;
                }

                sizes.Add(size);
                if (!Take(',') && !Peek(')'))
                {
                    return false;
                }
            }

            shape = [.. sizes];
            return true;
        }

        private bool Text(out string value)
        {
            value = "";
            Space();
            if (_at >= text.Length || text[_at] is not ('\'' or '"'))
            {
                return false;
            }

            int end = text.IndexOf(text[_at], _at + 1);
            if (end < 0)
            {
                return false;
            }

            value = text[(_at + 1)..end];
            _at = end + 1;
            return true;
        }

        private bool Word(string word)
        {
            Space();
            bool there = text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal);
            _at += there ? word.Length : 0;
            return there;
        }

        private bool Peek(char expected)
        {
            Space();
            return _at < text.Length && text[_at] == expected;
        }

        private bool Take(char expected)
        {
            bool there = Peek(expected);
            _at += there ? 1 : 0;
            if (there)
            {
                Space();
            }

            return there;
        }

        private void Space()
        {
            while (_at < text.Length && text[_at] is ' ' or '\n')
            {
                _at++;
            }
        }
    }
}
