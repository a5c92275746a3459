using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Readers.Records;

namespace Jmlr.Ingest.Pipeline;

/// <summary>
/// The bytes of a file, through a pipe: unpacked when gzip, hashed as they pass, refused beyond the limit. Long files of records (JSON lines, a JSON array, delimited text) come in pieces
/// of whole records, so that memory does not grow with the file.
/// </summary>
/// <param name="input">The file.</param>
/// <param name="readers">Tells records apart.</param>
/// <param name="request">What is ingested.</param>
/// <param name="again">Opens the file once more; null where it can be read only once.</param>
sealed class FileContent(InputFile input, ReaderRegistry readers, IngestRequest request, Func<Stream>? again)
{
    private const int LongFile = 4 << 20; // is read in pieces
    private const int PieceBytes = 1 << 20;
    private const int MaxRecordBytes = 16 << 20;
    private const int MaxRatio = 200;

    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 16);
    private string _name = input.Name;
    private RecordPart? _part;
    private string? _hash; // of the whole file, where it could be told before its end

    /// <summary>The file in one piece, or in several when it is long and made of records.</summary>
    public IEnumerable<FilePiece> Read(Stream raw, CancellationToken cancellation)
    {
        using CountingStream counted = new(raw);
        PipeReader packed = PipeReader.Create(counted, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        ReadResult head = packed.ReadAtLeastAsync(2, cancellation).AsTask().GetAwaiter().GetResult();
        bool gzip = head.Buffer.Length >= 2 && head.Buffer.Slice(0, 2).ToArray() is [0x1F, 0x8B];
        packed.AdvanceTo(head.Buffer.Start);
        using Stream unpacked = gzip ? new GZipStream(packed.AsStream(leaveOpen: true), CompressionMode.Decompress) : Stream.Null;
        PipeReader pipe = gzip ? PipeReader.Create(unpacked, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true)) : packed;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _name = gzip && input.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? input.Name[..^3] : input.Name;
        (long Length, DateTime Changed) look = Look();
        long total = 0;
        int enough = LongFile;
        bool asked = false, skipping = false, ended = false;
        while (!ended)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadResult result = Next(pipe, gzip, cancellation);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                if (_hash is null)
                {
                    hash.AppendData(segment.Span);
                }

                _buffer.Write(segment.Span);
                total += segment.Length;
            }

            ended = result.IsCompleted;
            pipe.AdvanceTo(result.Buffer.End);
            CheckRatio(gzip, total, counted);
            if (skipping)
            {
                skipping = Skip();
            }
            else if (!ended && _buffer.WrittenCount >= enough)
            {
                if (!asked)
                {
                    asked = true;
                    _part = readers.Part(new SourceFile(_name, _buffer.WrittenMemory, input.Defaults) { Fields = request.Fields }, request.Format);
                    _hash = _part is not null && again is not null ? HashAhead(again, gzip, cancellation) : null;
                }

                RecordCut cut = _part?.Layout.Cut(_buffer.WrittenSpan, first: _part.Records == 0) ?? default;
                if (cut.Length > 0)
                {
                    enough = PieceBytes;
                    yield return Cut(cut);
                }
                else if (_part is not null && _buffer.WrittenCount > MaxRecordBytes)
                {
                    yield return TooLong();
                    skipping = Skip();
                    enough = PieceBytes;
                }
                else
                {
                    enough = 2 * _buffer.WrittenCount;
                }
            }

            if (_buffer.WrittenCount > request.MaxFileBytes)
            {
                Throw.Data($"more than {request.MaxFileBytes} bytes: split the file", input.Name);
            }
        }

        pipe.Complete();
        if (look != Look())
        {
            Throw.Data("changed while it was read: ingest it again", input.Name);
        }

        if (_part is not { Records: > 0 } || _buffer.WrittenCount > 0)
        {
            ReadOnlySpan<byte> opening = _part is { Records: > 0 } later ? later.Layout.Opening : [];
            yield return Piece(opening.IsEmpty ? _buffer.WrittenMemory : (byte[])[.. opening, .. _buffer.WrittenSpan], _buffer.WrittenCount, _hash ?? Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <summary>Whole records as a piece; the rest stays.</summary>
    private FilePiece Cut(RecordCut cut)
    {
        RecordPart part = _part!;
        ReadOnlySpan<byte> records = _buffer.WrittenSpan[..cut.Length];
        FilePiece piece = Piece((byte[])[.. part.Records > 0 ? part.Layout.Opening : [], .. records, .. part.Layout.Closing], cut.Length, _hash);
        _part = part with { Lines = part.Lines + records.Count((byte)'\n'), Records = part.Records + cut.Records };
        Drop(cut.Length);
        return piece;
    }

    /// <summary>A line that is too long is passed over; in other layouts nobody can tell where such a record ends.</summary>
    private FilePiece TooLong()
    {
        RecordPart part = _part!;
        string why = $"more than {MaxRecordBytes} bytes";
        if (!part.Layout.IsByLine)
        {
            Throw.Data($"a record of {why}, the {part.Records + 1}th: it and what follows is not read", input.Name);
        }

        return new FilePiece(null, new Rejection($"{_name}:{part.Lines + 1}", $"a line of {why}"));
    }

    /// <summary>Drops the rest of a line; true when it goes on.</summary>
    private bool Skip()
    {
        int end = _buffer.WrittenSpan.IndexOf((byte)'\n');
        Drop(end < 0 ? _buffer.WrittenCount : end + 1);
        if (end >= 0)
        {
            _part = _part! with { Lines = _part.Lines + 1, Records = _part.Records + 1 };
        }

        return end < 0;
    }

    private void Drop(int bytes)
    {
        byte[] rest = _buffer.WrittenSpan[bytes..].ToArray();
        _buffer.ResetWrittenCount();
        _buffer.Write(rest);
    }

    private FilePiece Piece(ReadOnlyMemory<byte> content, int bytes, string? hash) =>
        new(new SourceFile(_name, content, input.Defaults with { File = input.Name, FileHash = hash, Retrieved = DateTimeOffset.UtcNow }) { Part = _part }, null, bytes);

    /// <summary>Hash of the whole file before it is read, so that the documents of its first pieces have it too.</summary>
    private string HashAhead(Func<Stream> open, bool gzip, CancellationToken cancellation)
    {
        using Stream raw = open();
        using CountingStream counted = new(raw);
        using Stream whole = gzip ? new GZipStream(counted, CompressionMode.Decompress) : counted;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        long total = 0;
        for (int read = whole.Read(buffer); read > 0; read = whole.Read(buffer))
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            CheckRatio(gzip, total += read, counted);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void CheckRatio(bool gzip, long total, CountingStream packed)
    {
        if (gzip && total > (16 << 20) && total > packed.Count * MaxRatio)
        {
            Throw.Data($"unpacks to more than {MaxRatio} times its size: refused", input.Name);
        }
    }

    /// <summary>Length and time of a file on disk.</summary>
    private (long Length, DateTime Changed) Look() => input.FullPath is string path && new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : default;

    private ReadResult Next(PipeReader pipe, bool gzip, CancellationToken cancellation)
    {
        try
        {
            return pipe.ReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (InvalidDataException error) when (gzip)
        {
            return Throw.Data<ReadResult>("damaged gzip data", input.Name, inner: error);
        }
    }
}
