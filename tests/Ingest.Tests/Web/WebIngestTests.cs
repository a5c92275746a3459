using System.Net;
using System.Text;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Web;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Web;

public sealed class WebIngestTests : IDisposable
{
    private const string Page = "<html><head><title>Asthma</title></head><body><h1>Asthma</h1><p>Give oxygen to all patients.</p></body></html>";
    private static readonly Answer NotFound = new("404 Not Found");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private WebOptions Options => new() { CacheFolder = _folder["web"], AllowPrivate = true, Stall = TimeSpan.FromSeconds(20), MaxBytes = 1 << 20 };

    private (IngestResult Result, List<string> Documents) Ingest(string url, WebOptions? options = null, string store = "store", string? source = null)
    {
        using PassageStore open = PassageStore.OpenForWriting(_folder[store]);
        IngestResult result = new IngestPipeline(open, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = [url], Source = source, Web = options ?? Options }, cancellation: TestContext.Current.CancellationToken);
        return (result, [.. open.Documents.Select(d => $"{d.Key} {d.State} {d.Provenance.Url} {open.ReadDocument(d).Text.Replace("\n", " ", StringComparison.Ordinal)}")]);
    }

    private string Refused(string url, WebOptions? options = null)
    {
        (IngestResult result, List<string> documents) = Ingest(url, options);
        Assert.Empty(documents);
        Assert.Empty(Directory.Exists(_folder["web"]) ? Directory.GetFiles(_folder["web"], "*.tmp") : []);
        return Assert.Single(result.Rejected).Why;
    }

    [Fact]
    public void A_page_is_a_document_with_its_address_whatever_its_content_type()
    {
        using LoopbackServer server = new(seen => seen.Path == "/guides/asthma.html?v=1" ? new Answer("200 OK", Page, "Content-Type: application/octet-stream\r\n") : NotFound);
        (IngestResult result, List<string> documents) = Ingest(server.Url + "guides/asthma.html?v=1#top");
        Assert.Empty(result.Rejected);
        Assert.Equal($"127.0.0.1:127.0.0.1:{server.Port}/guides/asthma.html?v=1 InForce {server.Url}guides/asthma.html?v=1 Asthma  Give oxygen to all patients.", Assert.Single(documents));
        Assert.StartsWith("jmlr/", server.Requests[0].Headers["User-Agent"], StringComparison.Ordinal);
        Assert.StartsWith("web:", Assert.Single(Ingest(server.Url + "guides/asthma.html?v=1", store: "other", source: "web").Documents), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html; charset=windows-1251", 1251, "Дайте кислород.")]
    [InlineData("text/html; charset=\"Shift_JIS\"", 932, "酸素を投与する。")]
    [InlineData("text/html; charset=iso-8859-1", 65001, "Donnez de l'oxygène.")] // the bytes are UTF-8, whatever the server says
    [InlineData("text/html; charset=no-such", 1252, "Donnez de l'oxygène.")]
    [InlineData("text/html", 1252, "Donnez de l'oxygène.")]
    public void The_encoding_that_the_server_states_counts_where_the_bytes_are_no_unicode(string type, int codePage, string sentence)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        string text = Page.Replace("Give oxygen to all patients.", sentence, StringComparison.Ordinal);
        using LoopbackServer server = new(seen => seen.Path == "/robots.txt" ? NotFound : seen.Headers.ContainsKey("If-None-Match") ? new Answer("304 Not Modified") : new Answer("200 OK", text, $"ETag: x\r\nContent-Type: {type}\r\n", CodePage: codePage));
        Assert.EndsWith(sentence, Assert.Single(Ingest(server.Url).Documents), StringComparison.Ordinal);
        Assert.Equal(1, Ingest(server.Url).Result.Unchanged);
    }

    [Theory]
    [InlineData("ETag: \"v1\"\r\n", "If-None-Match", "\"v1\"")]
    [InlineData("Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n", "If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT")]
    public void A_page_that_has_not_changed_is_not_fetched_again(string says, string asked, string with)
    {
        string text = Page;
        using LoopbackServer server = new(seen => seen.Path == "/robots.txt" ? NotFound : text == Page && seen.Headers.GetValueOrDefault(asked) == with ? new Answer("304 Not Modified", Length: 0) : new Answer("200 OK", text, says));
        Assert.Equal(1, Ingest(server.Url).Result.Added);
        Assert.Equal((1, 1), (Ingest(server.Url).Result.Unchanged, server.Requests.Count(r => r.Headers.ContainsKey(asked))));
        Assert.Equal(1, Ingest(server.Url, store: "another").Result.Added); // from what was kept
        text = Page.Replace("oxygen", "more oxygen", StringComparison.Ordinal);
        (IngestResult changed, List<string> documents) = Ingest(server.Url);
        Assert.Equal(1, changed.Updated);
        Assert.Equal(2, documents.Count);
        Assert.Equal(2, Directory.GetFiles(_folder["web"]).Length); // one body, one record
    }

    [Fact]
    public void A_damaged_copy_is_not_used()
    {
        using LoopbackServer server = new(seen => seen.Path == "/robots.txt" ? NotFound : seen.Headers.ContainsKey("If-None-Match") ? new Answer("304 Not Modified") : new Answer("200 OK", Page, "ETag: x\r\n"));
        Ingest(server.Url);
        File.AppendAllText(Directory.GetFiles(_folder["web"], "*.body")[0], "more");
        Assert.Equal(1, Ingest(server.Url).Result.Unchanged);
        Assert.DoesNotContain(server.Requests, r => r.Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public void Redirects_are_followed_to_the_page_and_no_further_than_the_bound()
    {
        using LoopbackServer server = new(seen => seen.Path switch
        {
            "/a" => new Answer("301 Moved Permanently", Headers: "Location: /b/\r\n"),
            "/b/" => new Answer("302 Found", Headers: "Location: c.html\r\n"),
            "/b/c.html" => new Answer("200 OK", Page),
            "/loop" => new Answer("307 Temporary Redirect", Headers: "Location: /loop\r\n"),
            "/file" => new Answer("302 Found", Headers: "Location: file:///etc/passwd\r\n"),
            _ => NotFound,
        });
        Assert.Contains($"{server.Url}b/c.html", Assert.Single(Ingest(server.Url + "a").Documents), StringComparison.Ordinal);
        int before = server.Requests.Count;
        Assert.Contains("more than 8 redirects", Assert.Single(Ingest(server.Url + "loop").Result.Rejected).Why, StringComparison.Ordinal);
        Assert.Equal(9, server.Requests.Count - before);
        Assert.Contains("redirected from http to 'file:", Assert.Single(Ingest(server.Url + "file").Result.Rejected).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Inner_addresses_are_refused_by_number_by_name_and_behind_a_redirect()
    {
        using LoopbackServer server = new(seen => seen.Path switch
        {
            "/metadata" => new Answer("302 Found", Headers: "Location: http://169.254.169.254/latest\r\n"),
            "/other" => new Answer("302 Found", Headers: "Location: http://127.0.0.2:9/\r\n"),
            _ => new Answer("200 OK", Page),
        });
        WebOptions strict = Options with { AllowPrivate = false };
        foreach (string url in new[] { server.Url, $"http://localhost:{server.Port}/", $"http://[::1]:{server.Port}/", $"http://[::ffff:127.0.0.1]:{server.Port}/", $"http://2130706433:{server.Port}/" })
        {
            string why = Refused(url, strict);
            Assert.True(why.Contains("no public address", StringComparison.Ordinal) && why.Contains("--allow-private", StringComparison.Ordinal), $"{url}: {why}");
        }

        Assert.Empty(server.Requests);
        WebOptions one = strict with { IsPublic = static address => address.Equals(IPAddress.Loopback) };
        Assert.Contains("169.254.169.254", Refused(server.Url + "metadata", one), StringComparison.Ordinal);
        Assert.Contains("127.0.0.2", Refused(server.Url + "other", one), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_long_too_slow_or_cut_off_is_refused()
    {
        using LoopbackServer server = new(seen => seen.Path switch
        {
            "/long" => new Answer("200 OK", new string('x', 1 << 16), Repeat: 64),
            "/endless" => new Answer("200 OK", new string('x', 1 << 16), Repeat: 64, Chunked: true),
            "/slow" => new Answer("200 OK", "word ", Repeat: 100, Pause: TimeSpan.FromSeconds(5)),
            "/short" => new Answer("200 OK", Page, Length: 100_000),
            "/claims" => new Answer("200 OK", Page, Length: 1L << 40),
            _ => NotFound,
        });
        Assert.Contains("at most 1048576", Refused(server.Url + "long"), StringComparison.Ordinal);
        Assert.Contains("more than 1048576 bytes", Refused(server.Url + "endless"), StringComparison.Ordinal);
        Assert.Contains("took too long", Refused(server.Url + "slow", Options with { Stall = TimeSpan.FromMilliseconds(300) }), StringComparison.Ordinal);
        Assert.Contains("took too long", Refused(server.Url + "slow", Options with { Whole = TimeSpan.FromMilliseconds(500) }), StringComparison.Ordinal);
        Assert.Contains("cannot be fetched", Refused(server.Url + "short"), StringComparison.Ordinal);
        Assert.Contains("at most 1048576", Refused(server.Url + "claims"), StringComparison.Ordinal);
        Assert.Contains("404 Not Found", Refused(server.Url + "none"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_or_fails_is_said_and_the_rest_is_read()
    {
        LoopbackServer gone = new(static _ => NotFound);
        gone.Dispose();
        using LoopbackServer server = new(seen => new Answer(seen.Path == "/robots.txt" ? "503 Service Unavailable" : "200 OK", Page));
        File.WriteAllText(_folder["a.md"], "# A\n\nWords.\n");
        using PassageStore store = PassageStore.OpenForWriting(_folder["store"]);
        IngestResult result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(
            new IngestRequest { Paths = [$"http://127.0.0.1:{gone.Port}/", server.Url, _folder["a.md"]], Web = Options }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((1, 2), (result.Added, result.Rejected.Count));
        Assert.Contains("503", result.Rejected[1].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Robots_txt_is_heeded()
    {
        using LoopbackServer server = new(seen => new Answer("200 OK", seen.Path == "/robots.txt" ? "User-agent: *\nDisallow: /private/\n" : Page));
        Assert.Contains("robots.txt", Refused(server.Url + "private/page.html"), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        Assert.Equal(1, Ingest(server.Url + "public.html").Result.Added);
    }

    [Theory]
    [InlineData("https://user:secret@example.org/")]
    [InlineData("https://")]
    [InlineData("http://:80/")]
    public void What_is_no_address_is_a_usage_error(string url) => Assert.Throws<JmlrUsageException>(() => Ingest(url));
}
