using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Jmlr.Ingest.Readers;

namespace Jmlr.Ingest.Pipeline;

/// <summary>
/// The bytes of a file, through a pipe: unpacked when gzip, hashed as they pass, refused beyond the limit. Files of JSON lines come in pieces cut at line ends,
/// so that memory does not grow with the file.
/// </summary>
static class FileContent
{
    private const int PieceBytes = 4 << 20;
    private const int MaxRatio = 200;

    /// <summary>The file in one piece, or in several when it is long and made of JSON lines.</summary>
    public static IEnumerable<SourceFile> Read(InputFile input, Stream raw, IngestRequest request, CancellationToken cancellation)
    {
        using CountingStream counted = new(raw);
        PipeReader packed = PipeReader.Create(counted, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        ReadResult head = packed.ReadAtLeastAsync(2, cancellation).AsTask().GetAwaiter().GetResult();
        bool gzip = head.Buffer.Length >= 2 && head.Buffer.Slice(0, 2).ToArray() is [0x1F, 0x8B];
        packed.AdvanceTo(head.Buffer.Start);
        using Stream unpacked = gzip ? new GZipStream(packed.AsStream(leaveOpen: true), CompressionMode.Decompress) : Stream.Null;
        PipeReader pipe = gzip ? PipeReader.Create(unpacked, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true)) : packed;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string name = gzip && input.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? input.Name[..^3] : input.Name;
        ArrayBufferWriter<byte> buffer = new(1 << 16);
        long total = 0;
        long lines = 0;
        bool? pieces = null;
        bool ended = false;
        while (!ended)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadResult result = Next(pipe, input, cancellation);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                hash.AppendData(segment.Span);
                buffer.Write(segment.Span);
                total += segment.Length;
            }

            ended = result.IsCompleted;
            pipe.AdvanceTo(result.Buffer.End);
            if (gzip && total > (16 << 20) && total > counted.Count * MaxRatio)
            {
                Throw.Data($"unpacks to more than {MaxRatio} times its size: refused", input.Name);
            }

            if (!ended && buffer.WrittenCount >= PieceBytes && (pieces ??= IsJsonLines(buffer.WrittenSpan, name)) && buffer.WrittenSpan.LastIndexOf((byte)'\n') is int cut and > 0)
            {
                byte[] piece = buffer.WrittenSpan[..(cut + 1)].ToArray();
                byte[] rest = buffer.WrittenSpan[(cut + 1)..].ToArray();
                buffer.ResetWrittenCount();
                buffer.Write(rest);
                yield return Piece(input, name, piece, hash: null, lines);
                lines += piece.AsSpan().Count((byte)'\n');
            }
            else if (buffer.WrittenCount > request.MaxFileBytes)
            {
                Throw.Data(pieces == true ? $"a line of more than {request.MaxFileBytes} bytes" : $"more than {request.MaxFileBytes} bytes: split the file", input.Name);
            }
        }

        pipe.Complete();
        if (lines == 0 || buffer.WrittenCount > 0)
        {
            yield return Piece(input, name, buffer.WrittenMemory, Convert.ToHexStringLower(hash.GetHashAndReset()), lines);
        }
    }

    private static SourceFile Piece(InputFile input, string name, ReadOnlyMemory<byte> content, string? hash, long lines) =>
        new(name, content, input.Defaults with { File = input.Name, FileHash = hash, Retrieved = DateTimeOffset.UtcNow }) { LinesBefore = lines };

    private static ReadResult Next(PipeReader pipe, InputFile input, CancellationToken cancellation)
    {
        try
        {
            return pipe.ReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (InvalidDataException error)
        {
            return Throw.Data<ReadResult>("damaged gzip data", input.Name, inner: error);
        }
        catch (IOException error)
        {
            return Throw.Data<ReadResult>($"cannot be read ({error.Message.ReplaceLineEndings(" ")})", input.Name, inner: error);
        }
    }

    /// <summary>True when the beginning is a line that holds a JSON object and another that begins with one.</summary>
    private static bool IsJsonLines(ReadOnlySpan<byte> head, string name)
    {
        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n"u8);
        int end = text.IndexOf((byte)'\n');
        if (text.IsEmpty || text[0] != '{')
        {
            return false;
        }

        bool named = name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase);
        return end > 0 ? text[..end].TrimEnd(" \t\r"u8) is [.., (byte)'}'] && text[end..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..] : named;
    }
}
