using System.Buffers.Binary;
using System.Text;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>Reads the fields of one protobuf message; every length is checked against what is there.</summary>
ref struct ProtobufReader(ReadOnlySpan<byte> bytes, string path)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _path = path;
    private int _at;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Wire type of the current field: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.</summary>
    public int Wire { get; private set; }

    /// <summary>Moves to the next field; the value must be read or skipped before the next call.</summary>
    public bool Next()
    {
        if (_at == _bytes.Length)
        {
            return false;
        }

        ulong key = Varint();
        (Field, Wire) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7));
        return true;
    }

    /// <summary>An integer or boolean field.</summary>
    public long Integer()
    {
        Expect(0);
        return (long)Varint();
    }

    /// <summary>A float field.</summary>
    public float Single()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>A bytes or message field.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        return TakeBytes();
    }

    /// <summary>A string field.</summary>
    public string Text()
    {
        ReadOnlySpan<byte> bytes = Bytes();
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            Throw.Data("a string of the model is not UTF-8", _path, _at - bytes.Length);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Passes over the value.</summary>
    public void Skip()
    {
        switch (Wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                TakeBytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                Throw.Data($"protobuf wire type {Wire}; 0, 1, 2 and 5 are allowed", _path, _at);
                break;
        }
    }

    private void Expect(int wire)
    {
        if (Wire != wire)
        {
            Throw.Data($"field {Field} has protobuf wire type {Wire}; {wire} was expected", _path, _at);
        }
    }

    private ReadOnlySpan<byte> TakeBytes()
    {
        ulong length = Varint();
        if (length > (ulong)(_bytes.Length - _at))
        {
            Throw.Data($"field {Field} claims {length} bytes; {_bytes.Length - _at} are left", _path, _at);
        }

        return Take((int)length);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            Throw.Data($"field {Field} is cut off", _path, _at);
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_at == _bytes.Length)
            {
                Throw.Data("a number is cut off", _path, _at);
            }

            byte part = _bytes[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        Throw.Data("a number has more than ten bytes", _path, _at);
        return 0;
    }
}
