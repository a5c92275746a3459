using FASTER.core;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Store;

public class DamageTests
{
    [Fact]
    public void A_second_writer_is_refused_and_a_reader_is_not()
    {
        using TemporaryFolder folder = Filled();
        using PassageStore first = PassageStore.OpenForWriting(folder.Path);
        JmlrOperationException error = Assert.Throws<JmlrOperationException>(() => PassageStore.OpenForWriting(folder.Path));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        using PassageStore reader = PassageStore.OpenForReading(folder.Path);
        Assert.Equal(3, reader.Documents.Count);
    }

    [Fact]
    public void A_flipped_byte_in_any_part_of_a_record_is_found()
    {
        using TemporaryFolder folder = Filled();
        string log = Directory.GetFiles(folder.Path, "records.log*").Single();
        byte[] bytes = File.ReadAllBytes(log);
        int at = bytes.AsSpan().IndexOf("marker-of-b"u8);
        bytes[at + 3] ^= 1;
        File.WriteAllBytes(log, bytes);
        using PassageStore store = PassageStore.OpenForReading(folder.Path);
        Assert.Throws<JmlrIntegrityException>(() => store.ReadDocument(store.Find(new DocumentKey("test", "b"))!));
        Assert.Equal("marker-of-a", store.ReadDocument(store.Find(new DocumentKey("test", "a"))!).Text);
    }

    [Fact]
    public void A_lost_commit_record_of_the_log_is_not_an_empty_store()
    {
        using TemporaryFolder folder = Filled();
        foreach (string commits in Directory.GetDirectories(folder.Path))
        {
            Directory.Delete(commits, recursive: true);
        }

        Assert.Contains("manifest names", Assert.Throws<JmlrIntegrityException>(() => PassageStore.OpenForReading(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<JmlrIntegrityException>(() => PassageStore.OpenForWriting(folder.Path));
    }

    [Fact]
    public void A_lost_manifest_is_not_an_empty_store()
    {
        using TemporaryFolder folder = Filled();
        File.Delete(folder["manifest.json"]);
        Assert.Throws<JmlrIntegrityException>(() => PassageStore.OpenForReading(folder.Path));
        Assert.Throws<JmlrIntegrityException>(() => PassageStore.OpenForWriting(folder.Path));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("catalogue.bin")]
    public void Every_flipped_byte_and_every_truncation_is_refused(string name)
    {
        using TemporaryFolder folder = Filled();
        byte[] bytes = File.ReadAllBytes(folder[name]);
        for (int at = 0; at < bytes.Length; at += 19)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 0x11;
            File.WriteAllBytes(folder[name], damaged);
            AssertRefused(folder.Path);
        }

        for (int length = 0; length < bytes.Length; length += 61)
        {
            File.WriteAllBytes(folder[name], bytes[..length]);
            AssertRefused(folder.Path);
        }

        File.WriteAllBytes(folder[name], bytes);
        using PassageStore store = PassageStore.OpenForReading(folder.Path);
        Assert.Equal(3, store.Documents.Count);
    }

    [Fact]
    public void When_the_disk_takes_no_more_the_commit_fails_and_the_last_one_stays()
    {
        using TemporaryFolder folder = Filled();
        using (PassageStore store = PassageStore.OpenForWriting(folder.Path, path => new FullDevice(path, room: 1 << 20)))
        {
            JmlrOperationException error = Assert.Throws<JmlrOperationException>(() =>
            {
                for (int i = 0; i < 40; i++)
                {
                    PassageStoreTests.Put(store, Samples.Document($"more-{i}", new string('x', 1 << 20)));
                }

                store.Commit();
            });
            Assert.Contains("unharmed", error.Message, StringComparison.Ordinal);
            Assert.Throws<JmlrOperationException>(store.Commit);
        }

        using PassageStore reader = PassageStore.OpenForWriting(folder.Path);
        Assert.Equal(3, reader.Documents.Count);
        Assert.Equal("marker-of-c", reader.ReadDocument(reader.Documents[2]).Text);
        PassageStoreTests.Put(reader, Samples.Document("d"));
        reader.Commit();
        Assert.Equal(4, reader.Documents.Count);
    }

    private static void AssertRefused(string folder)
    {
        try
        {
            PassageStore.OpenForReading(folder).Dispose();
            Assert.Fail("damage was not noticed");
        }
        catch (JmlrIntegrityException)
        {
        }
    }

    private static TemporaryFolder Filled()
    {
        TemporaryFolder folder = new();
        using PassageStore store = PassageStore.OpenForWriting(folder.Path);
        foreach (string name in (string[])["a", "b", "c"])
        {
            PassageStoreTests.Put(store, Samples.Document(name, $"marker-of-{name}"));
            store.Commit();
        }

        return folder;
    }

    /// <summary>A disk with a limited room.</summary>
    private sealed class FullDevice(string path, long room) : StorageDeviceBase(path, 512, -1)
    {
        private readonly IDevice _device = Devices.CreateLogDevice(path);
        private long _room = room;

        public override void Initialize(long segmentSize, LightEpoch? epoch = null, bool omitSegmentIdFromFileName = false)
        {
            base.Initialize(segmentSize, epoch, omitSegmentIdFromFileName);
            _device.Initialize(segmentSize, epoch, omitSegmentIdFromFileName);
        }

        public override void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
        {
            const uint NoSpace = 28;
            if (Interlocked.Add(ref _room, -numBytesToWrite) < 0)
            {
                callback(NoSpace, 0, context);
                return;
            }

            _device.WriteAsync(sourceAddress, segmentId, destinationAddress, numBytesToWrite, callback, context);
        }

        public override void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context) =>
            _device.ReadAsync(segmentId, sourceAddress, destinationAddress, readLength, callback, context);

        public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => _device.RemoveSegmentAsync(segment, callback, result);

        public override void Dispose() => _device.Dispose();
    }
}
