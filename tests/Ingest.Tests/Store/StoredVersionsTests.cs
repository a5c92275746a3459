using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Store;

public sealed class StoredVersionsTests : IDisposable
{
    private static readonly DocumentKey Key = new("test", "a");
    private readonly TemporaryFolder _folder = new();
    private readonly PassageStore _store;

    public StoredVersionsTests()
    {
        _store = PassageStore.OpenForWriting(_folder.Path);
        foreach (Document document in (Document[])[Samples.Document("a", "new", "2023-05-01"), Samples.Document("a", "old", "2019-01-01"), Samples.Document("a", "undated"), Samples.Document("b", "other", "2019-01-01")])
        {
            PassageStoreTests.Put(_store, document);
        }

        _store.Commit();
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Versions_of_a_key_come_by_date_without_removed_ones()
    {
        Assert.Equal(["undated", "old", "new"], StoredVersions.Of(_store, Key).Select(Text));
        _store.Remove(Key);
        _store.Commit();
        Assert.Empty(StoredVersions.Of(_store, Key));
        Assert.Contains("there are none", Assert.Throws<JmlrUsageException>(() => StoredVersions.Named(_store, Key, "2019")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2019", "old")]
    [InlineData("2023-05-01", "new")]
    [InlineData("undated", "undated")]
    public void A_version_is_named_by_the_beginning_of_its_date(string name, string text) => Assert.Equal(text, Text(StoredVersions.Named(_store, Key, name)));

    [Fact]
    public void A_version_is_named_by_its_whole_form_or_the_beginning_of_its_hash()
    {
        foreach (DocumentRecord version in StoredVersions.Of(_store, Key))
        {
            Assert.Equal(version, StoredVersions.Named(_store, Key, version.Version.ToString()));
            Assert.Equal(version, StoredVersions.Named(_store, Key, version.Version.ContentHash[..11]));
        }
    }

    [Theory]
    [InlineData("", "none")]
    [InlineData("20", "2")]
    [InlineData("2020", "none")]
    [InlineData("2019-01-01.ffff", "none")]
    public void A_name_of_none_or_several_is_refused_with_what_there_is(string name, string found)
    {
        string message = Assert.Throws<JmlrUsageException>(() => StoredVersions.Named(_store, Key, name)).Message;
        Assert.Contains($"names {found} of the versions of test:a: undated.", message, StringComparison.Ordinal);
        Assert.Contains("2019-01-01.", message, StringComparison.Ordinal);
        Assert.Contains("2023-05-01.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0001-01-01", "undated")]
    [InlineData("2018-12-31", "undated")]
    [InlineData("2019-01-01", "old")]
    [InlineData("2023-04-30", "old")]
    [InlineData("2023-05-01", "new")]
    [InlineData("9999-12-31", "new")]
    public void The_version_in_force_on_a_date_is_the_last_published_by_then(string date, string text) =>
        Assert.Equal(text, Text(StoredVersions.AsOf(_store, Key, DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void Before_the_first_version_there_is_none()
    {
        string message = Assert.Throws<JmlrUsageException>(() => StoredVersions.AsOf(_store, new DocumentKey("test", "b"), new DateOnly(2018, 1, 1))).Message;
        Assert.StartsWith("no version of test:b had been published by 2018-01-01: 2019-01-01.", message, StringComparison.Ordinal);
    }

    private string Text(DocumentRecord record) => _store.ReadDocument(record).Text;
}
