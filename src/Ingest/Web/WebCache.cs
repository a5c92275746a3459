using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Ingest.Store.Files;

namespace Jmlr.Ingest.Web;

/// <summary>What is kept of a page: where it came from at last, what the server said to ask again with, and the hash of the body beside it.</summary>
sealed record CachedPage(string Url, string FinalUrl, string? ETag, string? LastModified, DateTimeOffset Fetched, string BodyHash);

/// <summary>
/// Pages fetched before, two files each: the body under a name of its own hash, then a record of it, whose rename makes the page known. What is damaged counts as not there.
/// </summary>
sealed class WebCache(string folder)
{
    /// <summary>The record of a page whose body is there and whole, or null.</summary>
    public CachedPage? Find(string url)
    {
        try
        {
            string path = RecordPath(url);
            CachedPage? page = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), WebJson.Default.CachedPage) : null;
            if (page is null || page.Url != url || page.BodyHash is not { Length: 64 } || !page.BodyHash.All(char.IsAsciiHexDigitLower) || !File.Exists(BodyPath(url, page.BodyHash)))
            {
                return null;
            }

            using FileStream body = File.OpenRead(BodyPath(url, page.BodyHash));
            return Convert.ToHexStringLower(SHA256.HashData(body)) == page.BodyHash ? page : null;
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The body of a page.</summary>
    public Stream Open(CachedPage page) => new FileStream(BodyPath(page.Url, page.BodyHash), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.SequentialScan);

    /// <summary>A file to write a body to.</summary>
    public FileStream Begin(string url)
    {
        Directory.CreateDirectory(folder);
        return new FileStream(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Name(url)}.{Environment.ProcessId}.tmp")), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Makes a body, written and closed, and its record known; the body before goes.</summary>
    public void Keep(string written, CachedPage page)
    {
        CachedPage? before = Find(page.Url);
        DurableFile.Flush(written);
        File.Move(written, BodyPath(page.Url, page.BodyHash), overwrite: true);
        Keep(page);
        if (before is not null && before.BodyHash != page.BodyHash)
        {
            File.Delete(BodyPath(page.Url, before.BodyHash));
        }
    }

    /// <summary>Replaces the record of a page whose body stays.</summary>
    public void Keep(CachedPage page) => DurableFile.Replace(RecordPath(page.Url), JsonSerializer.SerializeToUtf8Bytes(page, WebJson.Default.CachedPage));

    private string RecordPath(string url) => Path.Combine(folder, $"{Name(url)}.json");

    private string BodyPath(string url, string hash) => Path.Combine(folder, $"{Name(url)}.{hash[..16]}.body");

    private static string Name(string url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..32];
}

[JsonSerializable(typeof(CachedPage))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
sealed partial class WebJson : JsonSerializerContext;
