using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using FASTER.core;
using Jmlr.Ingest.Store.Files;
using CacheSession = FASTER.core.ClientSession<
    FASTER.core.SpanByte, FASTER.core.SpanByte, FASTER.core.SpanByte, FASTER.core.SpanByteAndMemory, FASTER.core.Empty,
    FASTER.core.SpanByteFunctions<FASTER.core.Empty>>;

namespace Jmlr.Ingest.Store;

/// <summary>
/// Token embeddings in a FASTER key-value store. Key: XxHash128 of encoder and passage hash. Value: XxHash3 of key and data, then the data.
/// A damaged cache is emptied, never an error; beyond its capacity the oldest entries go.
/// </summary>
public sealed class EmbeddingCache : IEmbeddingCache
{
    private const int KeySize = 16;
    private const int SumSize = 8;
    private const int PageBits = 23;
    private const long DefaultCapacity = 16L << 30;

    private readonly WriterLock _lock;
    private readonly string _folder;
    private readonly long _capacity;
    private readonly Lock _gate = new();
    private readonly IDevice _device;
    private readonly FasterKV<SpanByte, SpanByte> _store;
    private readonly CacheSession _session;
    private bool _dirty;

    private EmbeddingCache(string folder, WriterLock writer, long capacity)
    {
        _folder = folder;
        _lock = writer;
        _capacity = capacity;
        (_device, _store, _session) = Connect();
    }

    /// <summary>Largest value taken, in bytes; larger ones are not kept.</summary>
    public static int MaxValue => (1 << (PageBits - 1)) - 64;

    /// <summary>Opens or creates the cache in a folder of its own (usually <c>workspace/store/embeddings</c>), for one process at a time; keeps about <paramref name="capacity"/> bytes.</summary>
    public static EmbeddingCache Open(string folder, long capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWriteStore(folder, error);
        }

        WriterLock writer = WriterLock.Take(Path.Combine(folder, "cache.lock"));
        try
        {
            return new EmbeddingCache(folder, writer, capacity);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe byte[]? Read(string encoderHash, string passageHash)
    {
        Span<byte> key = stackalloc byte[KeySize];
        KeyOf(encoderHash, passageHash, key);
        lock (_gate)
        {
            fixed (byte* at = key)
            {
                SpanByte name = SpanByte.FromPointer(at, KeySize);
                SpanByteAndMemory output = default;
                Status status = _session.Read(ref name, ref output);
                if (status.IsPending)
                {
                    _session.CompletePendingWithOutputs(out CompletedOutputIterator<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty> done, wait: true);
                    using (done)
                    {
                        if (!done.Next())
                        {
                            return null;
                        }

                        (status, output) = (done.Current.Status, done.Current.Output);
                    }
                }

                return status.Found ? Checked(key, ref output) : null;
            }
        }
    }

    /// <inheritdoc/>
    public unsafe void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxValue)
        {
            return;
        }

        Span<byte> key = stackalloc byte[KeySize];
        KeyOf(encoderHash, passageHash, key);
        byte[] entry = new byte[SumSize + value.Length];
        value.CopyTo(entry.AsSpan(SumSize));
        BinaryPrimitives.WriteUInt64LittleEndian(entry, Sum(key, value));
        lock (_gate)
        {
            fixed (byte* keyAt = key, entryAt = entry)
            {
                SpanByte name = SpanByte.FromPointer(keyAt, KeySize);
                SpanByte data = SpanByte.FromPointer(entryAt, entry.Length);
                if (_session.Upsert(ref name, ref data).IsPending)
                {
                    _session.CompletePending(wait: true);
                }
            }

            _dirty = true;
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_gate)
        {
            if (!_dirty)
            {
                return;
            }

            if (_store.Log.TailAddress - _store.Log.BeginAddress > _capacity)
            {
                _store.Log.ShiftBeginAddress(_store.Log.TailAddress - (_capacity / 2), snapToPageStart: true, truncateLog: true);
            }

            try
            {
                (bool success, _) = _store.TakeFullCheckpointAsync(CheckpointType.FoldOver).AsTask().GetAwaiter().GetResult();
                _dirty = !success;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Throw.CannotWriteStore(_folder, error);
            }
        }
    }

    /// <summary>Closes the cache; what was written since the last <see cref="Flush"/> is lost.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _store.Dispose();
        _device.Dispose();
        _lock.Dispose();
    }

    private (IDevice Device, FasterKV<SpanByte, SpanByte> Store, CacheSession Session) Connect()
    {
        try
        {
            return TryConnect();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A damaged checkpoint: FASTER throws whatever it stumbled on. It is a cache: begin anew.
            foreach (string folder in Directory.EnumerateDirectories(_folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            foreach (string file in Directory.EnumerateFiles(_folder, "embeddings.log*"))
            {
                File.Delete(file);
            }

            return TryConnect();
        }
    }

    private (IDevice, FasterKV<SpanByte, SpanByte>, CacheSession) TryConnect()
    {
        IDevice device = Devices.CreateLogDevice(Path.Combine(_folder, "embeddings.log"), preallocateFile: false, deleteOnClose: false);
        FasterKV<SpanByte, SpanByte>? store = null;
        try
        {
            store = new FasterKV<SpanByte, SpanByte>(new FasterKVSettings<SpanByte, SpanByte>
            {
                IndexSize = 1L << 22,
                LogDevice = device,
                PageSize = 1L << PageBits,
                MemorySize = 1L << (PageBits + 3),
                SegmentSize = 1L << 30,
                CheckpointDir = Path.Combine(_folder, "checkpoints"),
                RemoveOutdatedCheckpoints = true,
                TryRecoverLatest = true,
            });
            return (device, store, store.For(new SpanByteFunctions<Empty>()).NewSession<SpanByteFunctions<Empty>>());
        }
        catch
        {
            store?.Dispose();
            device.Dispose();
            throw;
        }
    }

    private static byte[]? Checked(ReadOnlySpan<byte> key, ref SpanByteAndMemory output)
    {
        using System.Buffers.IMemoryOwner<byte>? memory = output.Memory;
        if (memory is null || output.Length < SumSize)
        {
            return null;
        }

        ReadOnlySpan<byte> entry = memory.Memory.Span[..output.Length];
        ReadOnlySpan<byte> value = entry[SumSize..];
        return BinaryPrimitives.ReadUInt64LittleEndian(entry) == Sum(key, value) ? value.ToArray() : null;
    }

    private static void KeyOf(string encoderHash, string passageHash, Span<byte> key) =>
        XxHash128.Hash(Encoding.UTF8.GetBytes($"{encoderHash}\0{passageHash}"), key);

    private static ulong Sum(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        XxHash3.HashToUInt64(value, seed: BinaryPrimitives.ReadInt64LittleEndian(key));
}
