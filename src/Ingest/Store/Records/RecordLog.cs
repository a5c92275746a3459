using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using FASTER.core;
using Jmlr.Ingest.Store.Files;

namespace Jmlr.Ingest.Store.Records;

/// <summary>
/// The records of the store in a FASTER log (append-only, addressed, read in place): opening reads only the commit record, however long the log.
/// FASTER is trusted with neither completeness nor integrity: the manifest says how far the log must reach, and every entry carries its own checksum.
/// Entry: XxHash3 of the rest, 8 bytes; tag of the document it belongs to, 8; address of the next part, 8 (0: last); payload.
/// </summary>
sealed class RecordLog : IDisposable
{
    /// <summary>Largest payload of one entry; longer records are chained. A FASTER entry must fit a page.</summary>
    internal const int PartSize = 1 << 20;

    private const int PageBits = 22;
    private const int HeaderSize = 24;
    private const int MaxRecord = 1 << 30;
    private const int StallSeconds = 120;

    private readonly string _path;
    private readonly IDevice _device;
    private readonly FasterLog _log;
    private readonly byte[] _entry = new byte[HeaderSize + PartSize];

    private RecordLog(string path, IDevice device, FasterLog log)
    {
        _path = path;
        _device = device;
        _log = log;
    }

    /// <summary>Address up to which the log is durable.</summary>
    public long Committed => _log.CommittedUntilAddress;

    /// <summary>Opens the log below a folder; a reader can open it while a writer appends.</summary>
    public static RecordLog Open(string folder, bool write, Func<string, IDevice>? openDevice = null)
    {
        string path = Path.Combine(folder, "records.log");
        IDevice? device = null;
        try
        {
            device = (openDevice ?? OpenDevice)(path);
            FasterLog log = new(new FasterLogSettings
            {
                LogDevice = device,
                LogCommitDir = folder,
                PageSizeBits = PageBits,
                MemorySizeBits = write ? PageBits + 2 : PageBits + 1,
                SegmentSizeBits = 30,
                ReadOnlyMode = !write,
                RemoveOutdatedCommits = write,
                LogChecksum = LogChecksumType.None,
            });
            return new RecordLog(path, device, log);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            device?.Dispose();
            Throw.CannotReadStore(path, error);
            return null!;
        }
        catch (Exception error) when (error is not Models.Errors.JmlrException)
        {
            // FASTER reports damaged commit records with bare exceptions.
            device?.Dispose();
            return Throw.Integrity<RecordLog>($"the log cannot be recovered ({error.Message.ReplaceLineEndings(" ")})", path, "commit", inner: error);
        }
    }

    /// <summary>Appends a record of a document; durable after <see cref="Commit"/>. Returns its address.</summary>
    public long Append(ulong tag, ReadOnlySpan<byte> payload)
    {
        int parts = Math.Max(1, (payload.Length + PartSize - 1) / PartSize);
        long next = 0;
        // Last part first, so that each can name the one after it.
        for (int part = parts - 1; part >= 0; part--)
        {
            ReadOnlySpan<byte> slice = payload[(part * PartSize)..Math.Min(payload.Length, (part + 1) * PartSize)];
            Span<byte> entry = _entry.AsSpan(0, HeaderSize + slice.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], tag);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], next);
            slice.CopyTo(entry[HeaderSize..]);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, XxHash3.HashToUInt64(entry[8..]));
            next = Enqueue(entry);
        }

        return next;
    }

    /// <summary>Makes everything appended durable and returns the address up to which it reaches.</summary>
    public long Commit()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(StallSeconds));
        try
        {
            long tail = _log.TailAddress;
            if (tail > _log.CommittedUntilAddress)
            {
                _log.CommitAsync(limit.Token).AsTask().GetAwaiter().GetResult();
            }

            if (_log.CommittedUntilAddress < tail)
            {
                Throw.StoreStalled(_path, 0);
            }

            // FASTER opens its files write-through; a flush of the names makes new segments durable as well.
            DurableFile.FlushFolder(Path.GetDirectoryName(_path)!);
            return tail;
        }
        catch (OperationCanceledException)
        {
            Throw.StoreStalled(_path, StallSeconds);
        }
        catch (Exception error) when (error is not Models.Errors.JmlrException)
        {
            Throw.CannotWriteStore(_path, error);
        }

        return 0;
    }

    /// <summary>Reads a record; wrong checksum, tag or place is refused.</summary>
    public byte[] Read(long address, ulong tag)
    {
        byte[]? whole = null;
        long at = address;
        do
        {
            ReadOnlySpan<byte> entry = ReadEntry(at);
            if (entry.Length < HeaderSize)
            {
                Throw.Integrity($"no record here (entry of {entry.Length} bytes)", _path, "record", at);
            }

            if (BinaryPrimitives.ReadUInt64LittleEndian(entry) != XxHash3.HashToUInt64(entry[8..]))
            {
                Throw.Integrity("checksum of the record is wrong: the file was damaged", _path, "record", at);
            }

            if (BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]) != tag)
            {
                Throw.Integrity("the record belongs to another document", _path, "record", at);
            }

            long next = BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            if (next < 0 || (next > 0 && next >= at))
            {
                Throw.Integrity($"next part at {next}, expected before {at}", _path, "record", at);
            }

            ReadOnlySpan<byte> payload = entry[HeaderSize..];
            if ((whole?.Length ?? 0) + (long)payload.Length > MaxRecord)
            {
                Throw.Integrity($"record longer than {MaxRecord} bytes", _path, "record", address);
            }

            whole = whole is null ? payload.ToArray() : [.. whole, .. payload];
            at = next;
        }
        while (at != 0);
        return whole;
    }

    public void Dispose()
    {
        _log.Dispose();
        _device.Dispose();
    }

    private static IDevice OpenDevice(string path) => Devices.CreateLogDevice(path, preallocateFile: false, deleteOnClose: false);

    private byte[] ReadEntry(long address)
    {
        if (address <= 0 || address >= Committed)
        {
            Throw.Integrity($"record at {address}, but the log reaches from 64 to {Committed}", _path, "record", address);
        }

        try
        {
            (byte[]? bytes, int length) = _log.ReadAsync(address).AsTask().GetAwaiter().GetResult();
            return bytes is null ? [] : bytes.Length == length ? bytes : bytes[..length];
        }
        catch (Exception error)
        {
            return Throw.Integrity<byte[]>($"the record cannot be read ({error.Message.ReplaceLineEndings(" ")})", _path, "record", address, error);
        }
    }

    private long Enqueue(ReadOnlySpan<byte> entry)
    {
        // Not Enqueue: it spins for ever when the disk takes no more pages.
        long started = Stopwatch.GetTimestamp();
        try
        {
            long address;
            while (!_log.TryEnqueue(entry, out address))
            {
                if (Stopwatch.GetElapsedTime(started).TotalSeconds > StallSeconds)
                {
                    Throw.StoreStalled(_path, StallSeconds);
                }

                Thread.Sleep(0);
            }

            return address;
        }
        catch (Exception error) when (error is not Models.Errors.JmlrException)
        {
            Throw.CannotWriteStore(_path, error);
            return 0;
        }
    }
}
