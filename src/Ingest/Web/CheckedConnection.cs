using System.Net;
using System.Net.Sockets;

namespace Jmlr.Ingest.Web;

/// <summary>
/// Connects to addresses that may be asked only. The check is on the address that is connected to, after the name was looked up, so neither DNS nor a redirect leads inside.
/// </summary>
static class CheckedConnection
{
    public static async ValueTask<Stream> Open(DnsEndPoint to, WebOptions options, CancellationToken cancellation)
    {
        IPAddress[] found = IPAddress.TryParse(to.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(to.Host, cancellation).ConfigureAwait(false);
        IPAddress[] allowed = options.AllowPrivate ? found : [.. found.Where(options.IsPublic)];
        if (allowed.Length == 0)
        {
            throw new WebRefusedException(found.Length == 0 ? $"{to.Host} has no address" : $"{to.Host} is at {found[0]}, which is no public address: --allow-private permits it");
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A connection that must not be made; travels through the HTTP client.</summary>
sealed class WebRefusedException(string why) : Exception(why);
