using System.Net;

namespace Jmlr.Ingest.Web;

/// <summary>How pages are fetched.</summary>
public sealed record WebOptions
{
    /// <summary>Folder of the pages fetched before, with what the server said about them; made when it is not there.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>True to fetch from private, loopback and link-local addresses too.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Addresses that count as public.</summary>
    internal Func<IPAddress, bool> IsPublic { get; init; } = PublicAddress.Is;

    /// <summary>Largest page, unpacked, in bytes.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Redirects followed for one page.</summary>
    public int MaxRedirects { get; init; } = 8;

    /// <summary>Longest wait for a connection, an answer, or the next bytes of a page.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for one page in all.</summary>
    public TimeSpan Whole { get; init; } = TimeSpan.FromMinutes(10);
}
