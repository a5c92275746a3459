using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Storage;

/// <summary>An open segment: typed views of its sections and what is dead in it. Offsets are checked on opening, blocks on first touch. Thread-safe.</summary>
sealed class Segment : IDisposable
{
    private readonly BlockFile _file;
    private readonly ulong[] _dead;
    private readonly string?[] _ids;
    private readonly SectionPlace _rows, _codes, _norms, _starts; // looked up once: a search asks for them at every passage

    internal Segment(string folder, SegmentEntry entry, int codecIndex, int dimension, int bits)
    {
        Entry = entry;
        CodecIndex = codecIndex;
        _file = new BlockFile(System.IO.Path.Combine(folder, IndexFolder.Segment(entry.Id)), BlockFileKind.Segment);
        try
        {
            Parameters = SegmentParameters.Read(_file);
            if (Parameters.Passages != entry.Passages || Parameters.Tokens != entry.Tokens || Parameters.Dimension != dimension || Parameters.Bits != bits)
            {
                Throw.Corrupt(_file.Path, BlockFormat.Name(SectionId.Parameters), 0, $"{Parameters.Passages} passages and {Parameters.Tokens} tokens do not agree with the manifest");
            }

            RowBytes = dimension * bits / 8;
            DemandLength(SectionId.Residuals, entry.Tokens * RowBytes);
            DemandLength(SectionId.Codes, entry.Tokens * sizeof(ushort));
            DemandLength(SectionId.Norms, entry.Tokens);
            DemandLength(SectionId.TextHashes, entry.Passages * 32L);
            DemandOffsets(SectionId.PassageTokens, entry.Tokens);
            DemandOffsets(SectionId.IdOffsets, _file.LengthOf(SectionId.Ids));
            (_rows, _codes) = (_file.Place(SectionId.Residuals), _file.Place(SectionId.Codes));
            (_norms, _starts) = (_file.Place(SectionId.Norms), _file.Place(SectionId.PassageTokens));
            _dead = TombstoneFile.Read(folder, entry);
            _ids = new string?[entry.Passages];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    internal SegmentEntry Entry { get; }

    internal SegmentParameters Parameters { get; }

    internal string Path => _file.Path;

    /// <summary>Which of the snapshot's codecs.</summary>
    internal int CodecIndex { get; }

    internal int RowBytes { get; }

    internal BlockFile File => _file;

    internal ReadOnlySpan<ulong> Dead => _dead;

    /// <summary>First token of each passage, and the number of tokens [passages + 1].</summary>
    internal ReadOnlySpan<uint> Starts => _file.Again<uint>(_starts);

    internal bool IsDead(int passage) => _dead.Length > 0 && PassageBits.Has(_dead, passage);

    internal ReadOnlySpan<byte> Rows(long token, long count) => _file.Read(_rows, token * RowBytes, count * RowBytes);

    internal ReadOnlySpan<ushort> Codes(long token, long count) => MemoryMarshal.Cast<byte, ushort>(_file.Read(_codes, token * sizeof(ushort), count * sizeof(ushort)));

    /// <summary>The codes of all tokens, which were read before as a whole and are not looked at again.</summary>
    internal ReadOnlySpan<ushort> CodesAgain => _file.Again<ushort>(_codes);

    internal ReadOnlySpan<byte> Norms(long token, long count) => _file.Read(_norms, token, count);

    /// <summary>Bytes that searches read.</summary>
    internal long SearchBytes => _rows.Length + _codes.Length + _norms.Length;

    /// <summary>Reads them once, until <paramref name="isOver"/>.</summary>
    internal void ReadAhead(Func<bool> isOver)
    {
        _file.ReadAhead(_codes, isOver);
        _file.ReadAhead(_norms, isOver);
        _file.ReadAhead(_rows, isOver);
    }

    internal ReadOnlySpan<byte> TextHash(int passage) => _file.Read(SectionId.TextHashes, passage * 32L, 32);

    /// <summary>Id of a passage; made once and kept.</summary>
    internal string Id(int passage)
    {
        if (_ids[passage] is string known)
        {
            return known;
        }

        ReadOnlySpan<uint> offsets = MemoryMarshal.Cast<byte, uint>(_file.Read(SectionId.IdOffsets, passage * 4L, 8));
        string id = TextEncoding.UTF8.GetString(_file.Read(SectionId.Ids, offsets[0], offsets[1] - offsets[0]));
        _ids[passage] = id;
        return id;
    }

    /// <summary>Local number of a passage id, or -1 (the ids are in ordinal order).</summary>
    internal int Find(string id)
    {
        int low = 0, high = Entry.Passages - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1, order = string.CompareOrdinal(Id(middle), id);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>Live passages and tokens.</summary>
    internal (int Passages, long Tokens) Live => Entry.Live;

    /// <summary>Counts of a bitmap over this segment's passages.</summary>
    internal (int Passages, long Tokens) Count(ReadOnlySpan<ulong> bitmap)
    {
        ReadOnlySpan<uint> starts = Starts;
        int passages = 0;
        long tokens = 0;
        for (int word = 0; word < bitmap.Length; word++)
        {
            for (ulong rest = bitmap[word]; rest != 0; rest &= rest - 1)
            {
                int passage = (word << 6) + BitOperations.TrailingZeroCount(rest);
                passages++;
                tokens += starts[passage + 1] - starts[passage];
            }
        }

        return (passages, tokens);
    }

    public void Dispose() => _file.Dispose();

    private void DemandLength(SectionId id, long length)
    {
        if (_file.LengthOf(id) != length)
        {
            Throw.Corrupt(_file.Path, BlockFormat.Name(id), null, $"{_file.LengthOf(id)} bytes long, {length} expected");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // one long loop for each segment that is opened
    private void DemandOffsets(SectionId id, long last)
    {
        ReadOnlySpan<uint> offsets = _file.ReadAll<uint>(id, Entry.Passages + 1L);
        if (offsets[0] != 0 || offsets[^1] != last)
        {
            Throw.Corrupt(_file.Path, BlockFormat.Name(id), 0, $"offsets run from {offsets[0]} to {offsets[^1]}, expected 0 to {last}");
        }

        for (int i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] <= offsets[i - 1])
            {
                Throw.Corrupt(_file.Path, BlockFormat.Name(id), i * 4L, $"offset {offsets[i]} follows {offsets[i - 1]}: every passage must have some");
            }
        }
    }
}
