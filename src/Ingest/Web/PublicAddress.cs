using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Jmlr.Ingest.Web;

/// <summary>Tells addresses of the public network from private, loopback, link-local and other special ones (IANA's special-purpose registries).</summary>
static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(static network => IPNetwork.Parse(network)),
    ];

    // 2000::/3 is what is given out; of it, what carries an IPv4 address is told by that address.
    private static readonly IPNetwork Unicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Special6 = [.. new[] { "2001::/23", "2001:db8::/32", "3fff::/20" }.Select(static network => IPNetwork.Parse(network))];
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>True when packets to the address leave for the public network.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Is(address.MapToIPv4());
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !Array.Exists(Special, network => network.Contains(address));
        }

        Span<byte> bytes = stackalloc byte[16];
        return address.AddressFamily == AddressFamily.InterNetworkV6 && address.TryWriteBytes(bytes, out _)
            && (Nat64.Contains(address) ? Is(Embedded(bytes[12..]))
                : SixToFour.Contains(address) ? Is(Embedded(bytes[2..]))
                : Unicast.Contains(address) && !Array.Exists(Special6, network => network.Contains(address)));
    }

    private static IPAddress Embedded(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
}
