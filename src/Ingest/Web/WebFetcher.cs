using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Web;

/// <summary>A page at hand: its body and where it came from after redirects.</summary>
sealed record FetchedPage(Stream Body, string FinalUrl, DateTimeOffset Fetched);

/// <summary>
/// Fetches pages that the user names, one at a time: asks only for what has changed since, follows a bounded number of redirects and checks each, heeds robots.txt, and gives
/// up on what is too long or too slow. Every failure is a <see cref="JmlrDataException"/> with the URL. No proxy is used, no cookie kept, no password sent.
/// </summary>
sealed class WebFetcher : IDisposable
{
    /// <summary>Name of this program in robots.txt.</summary>
    internal const string Agent = "jmlr";

    private readonly WebOptions _options;
    private readonly WebCache _cache;
    private readonly HttpClient _client;
    private readonly Dictionary<string, RobotsRules> _robots = new(StringComparer.Ordinal);

    public WebFetcher(WebOptions options)
    {
        _options = options;
        _cache = new WebCache(options.CacheFolder);
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            Credentials = null,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = options.Stall,
            MaxResponseHeadersLength = 64, // KiB
            ConnectCallback = async (context, cancellation) => await CheckedConnection.Open(context.DnsEndPoint, options, cancellation).ConfigureAwait(false),
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd($"{Agent}/1.0 (document ingestion; fetches pages that its user names)");
    }

    /// <summary>Reads what a user names as an address; null when it is none (no <c>http://</c> or <c>https://</c>).</summary>
    public static Uri? Address(string text)
    {
        if (!text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Host.Length > 0 && url.UserInfo.Length == 0
            ? new UriBuilder(url) { Fragment = "" }.Uri
            : Throw.Usage<Uri>($"'{text}': no address of a page: expected https://host/path without user name and password");
    }

    /// <summary>The page, fetched or, when the server says that it has not changed, as it was.</summary>
    public FetchedPage Fetch(Uri url, CancellationToken cancellation)
    {
        using CancellationTokenSource whole = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        whole.CancelAfter(_options.Whole);
        string name = url.AbsoluteUri;
        try
        {
            return Fetch(url, name, whole.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            return Throw.Data<FetchedPage>($"the server took too long (no answer for {_options.Stall.TotalSeconds:0.#} s, or {_options.Whole.TotalSeconds:0.#} s in all)", name, inner: error);
        }
        catch (Exception error) when (Refusal(error) is WebRefusedException refused)
        {
            return Throw.Data<FetchedPage>($"refused: {refused.Message}", name, inner: error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or SocketException or InvalidDataException or UnauthorizedAccessException or UriFormatException)
        {
            return Throw.Data<FetchedPage>($"cannot be fetched ({(error.InnerException ?? error).Message.ReplaceLineEndings(" ")})", name, inner: error);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<FetchedPage> Fetch(Uri url, string name, CancellationToken cancellation)
    {
        CachedPage? known = _cache.Find(name);
        Uri at = url;
        for (int redirects = 0; ; redirects++)
        {
            if (!(await Robots(at, cancellation).ConfigureAwait(false)).Allows(at.PathAndQuery))
            {
                Throw.Data($"refused: the robots.txt of {at.Authority} does not allow it", name);
            }

            using HttpResponseMessage answer = await Ask(at, known, cancellation).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotModified && known is not null)
            {
                CachedPage same = known with { Fetched = DateTimeOffset.UtcNow, FinalUrl = at.AbsoluteUri };
                _cache.Keep(same);
                return new FetchedPage(_cache.Open(same), same.FinalUrl, same.Fetched);
            }

            if (IsRedirect(answer.StatusCode) && answer.Headers.Location is Uri target)
            {
                at = redirects < _options.MaxRedirects ? Next(at, target, name) : Throw.Data<Uri>($"more than {_options.MaxRedirects} redirects, the last to {at.AbsoluteUri}", name);
                continue;
            }

            if (answer.StatusCode != HttpStatusCode.OK)
            {
                Throw.Data($"the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}{(at == url ? "" : $" at {at.AbsoluteUri}")}", name);
            }

            CachedPage page = await Download(answer, at, name, cancellation).ConfigureAwait(false);
            return new FetchedPage(_cache.Open(page), page.FinalUrl, page.Fetched);
        }
    }

    private async Task<HttpResponseMessage> Ask(Uri at, CachedPage? known, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, at);
        if (known?.ETag is string tag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }
        else if (known?.LastModified is string date)
        {
            request.Headers.TryAddWithoutValidation("If-Modified-Since", date);
        }

        return await Within(token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation).ConfigureAwait(false);
    }

    private async Task<CachedPage> Download(HttpResponseMessage answer, Uri at, string name, CancellationToken cancellation)
    {
        string? written = null;
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using (FileStream file = _cache.Begin(name))
            {
                written = file.Name;
                await Read(answer, _options.MaxBytes, name, bytes =>
                {
                    hash.AppendData(bytes.Span);
                    file.Write(bytes.Span);
                }, cancellation).ConfigureAwait(false);
            }

            string bodyHash = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (PageEncoding.Of(answer.Content.Headers.ContentType) is Encoding named && PageEncoding.ToUtf8(written, named))
            {
                using FileStream body = File.OpenRead(written);
                bodyHash = Convert.ToHexStringLower(await SHA256.HashDataAsync(body, cancellation).ConfigureAwait(false));
            }

            CachedPage page = new(name, at.AbsoluteUri, Header(answer, "ETag"), Header(answer, "Last-Modified"), DateTimeOffset.UtcNow, bodyHash);
            _cache.Keep(written, page);
            return page;
        }
        catch
        {
            if (written is not null)
            {
                File.Delete(written);
            }

            throw;
        }
    }

    private async Task Read(HttpResponseMessage answer, long most, string name, Action<ReadOnlyMemory<byte>> take, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentLength > most)
        {
            Throw.Data($"a page of {answer.Content.Headers.ContentLength} bytes, at most {most}", name);
        }

        byte[] buffer = new byte[1 << 16];
        long total = 0;
        using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            int read = await Within(token => body.ReadAsync(buffer, token).AsTask(), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            if ((total += read) > most)
            {
                Throw.Data($"a page of more than {most} bytes", name);
            }

            take(buffer.AsMemory(0, read));
        }
    }

    /// <summary>Rules of a server, asked for once: none when it has no such file; nothing may be fetched while it fails to give it.</summary>
    private async Task<RobotsRules> Robots(Uri page, CancellationToken cancellation)
    {
        string server = page.GetLeftPart(UriPartial.Authority);
        if (!_robots.TryGetValue(server, out RobotsRules? rules))
        {
            Uri at = new(page, "/robots.txt");
            using HttpResponseMessage answer = await Ask(at, null, cancellation).ConfigureAwait(false);
            using MemoryStream text = new();
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                await Read(answer, 1 << 20, at.AbsoluteUri, bytes => text.Write(bytes.Span), cancellation).ConfigureAwait(false);
            }

            rules = (int)answer.StatusCode >= 500 ? Throw.Data<RobotsRules>($"refused: {at.AbsoluteUri} answered {(int)answer.StatusCode}, so what may be fetched is not known", page.AbsoluteUri)
                : answer.StatusCode == HttpStatusCode.OK ? RobotsRules.Parse(Encoding.UTF8.GetString(text.ToArray()), Agent)
                : RobotsRules.AllowAll;
            _robots[server] = rules;
        }

        return rules;
    }

    private async Task<T> Within<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(_options.Stall);
        return await work(stall.Token).ConfigureAwait(false);
    }

    private static Uri Next(Uri at, Uri target, string name)
    {
        Uri next = target.IsAbsoluteUri ? target : new Uri(at, target);
        bool web = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && at.Scheme == Uri.UriSchemeHttp);
        return web && next.UserInfo.Length == 0 ? next : Throw.Data<Uri>($"refused: redirected from {at.Scheme} to '{next.GetLeftPart(UriPartial.Path)}'", name);
    }

    private static bool IsRedirect(HttpStatusCode code) => code is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) || answer.Content.Headers.TryGetValues(name, out values) ? values.First() : null;

    private static WebRefusedException? Refusal(Exception? error) => error is null or WebRefusedException ? error as WebRefusedException : Refusal(error.InnerException);
}
