using System.Text;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>Puts what a web site adds to its pages between the blocks of a real page: scripts, styles, navigation, banners, comments. Every word of it begins with "qqx".</summary>
static class Boilerplate
{
    public const string Mark = "qqx";

    private static readonly string[] Pieces =
    [
        "<script>var qqxa = \"<p>qqxb</p>\"; if (1 < 2) { qqxc(); }</script>",
        "<script type=\"text/javascript\" src=\"qqxd.js\"><!-- qqxe //--></script>",
        "<style>.qqxf > p { color: red } /* qqxg */</style>",
        "<nav><ul><li><a href=\"/qqxh\">qqxi</a></li><li>qqxj</li></ul></nav>",
        "<div role=\"navigation\"><h3>qqxk</h3><p>qqxl</p></div>",
        "<ul class=\"breadcrumb wide\"><li>qqxm</li></ul>",
        "<div id=\"sidebar\"><table><tr><td>qqxn</td></tr></table></div>",
        "<footer><p>qqxo &copy; qqxp</p></footer>",
        "<aside>qqxq</aside>",
        "<noscript>qqxr</noscript>",
        "<form action=\"/qqxs\"><label>qqxt</label><input value=\"qqxu\"><button>qqxv</button></form>",
        "<div class=\"cookie-banner\"><p>qqxw</p></div>",
        "<p hidden>qqxx</p><div style=\"display : none\">qqxy</div><span aria-hidden=\"true\">qqxz</span>",
        "<!-- qqxaa <p>qqxab</p> --><template><p>qqxac</p></template><iframe src=\"qqxad\">qqxae</iframe><svg><text>qqxaf</text></svg>",
    ];

    /// <summary>The page with a piece before some of its h3 elements and before its end.</summary>
    public static string AddTo(string html, int seed)
    {
        Random random = new(seed);
        StringBuilder page = new(html.Length * 2);
        int from = 0;
        for (int at = html.IndexOf("<h3", StringComparison.Ordinal); at >= 0; at = html.IndexOf("<h3", at + 1, StringComparison.Ordinal))
        {
            page.Append(html, from, at - from).Append(random.Next(2) == 0 ? Pieces[random.Next(Pieces.Length)] : "");
            from = at;
        }

        int end = html.LastIndexOf("</body>", StringComparison.OrdinalIgnoreCase);
        return page.Append(html, from, end - from).Append(string.Concat(Pieces)).Append(html, end, html.Length - end).ToString();
    }
}
