using System.Net;
using Jmlr.Ingest.Web;

namespace Jmlr.Ingest.Tests.Web;

public class WebRulesTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.16.0.0", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::7f00:1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("2002:c0a8:101::1", false)]
    [InlineData("2002:808:808::1", true)]
    public void Special_addresses_are_told_from_public_ones(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /", "/a", false)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: Jmlr\nDisallow: /b", "/a", true)]
    [InlineData("User-agent: other\nUser-agent: jmlr\nDisallow: /a # why\n", "/a/b", false)]
    [InlineData("User-agent: other\nDisallow: /\n", "/a", true)]
    [InlineData("user-agent:*\ndisallow:/a\nallow:/a/b\n", "/a/b/c", true)]
    [InlineData("user-agent:*\ndisallow:/a\nallow:/a/b\n", "/a/c", false)]
    [InlineData("user-agent:*\ndisallow:/*.pdf$\n", "/x/y.pdf", false)]
    [InlineData("user-agent:*\ndisallow:/*.pdf$\n", "/x/y.pdf?z", true)]
    [InlineData("user-agent:*\ndisallow:/*?print=\n", "/x?print=1", false)]
    [InlineData("user-agent:*\ndisallow:/$\n", "/", false)]
    [InlineData("user-agent:*\ndisallow:/$\n", "/a", true)]
    [InlineData("user-agent:*\ndisallow:/a\nallow:/a\n", "/a", true)]
    public void The_longest_rule_of_the_own_group_decides(string robots, string path, bool allowed) => Assert.Equal(allowed, RobotsRules.Parse(robots, "jmlr").Allows(path));
}
