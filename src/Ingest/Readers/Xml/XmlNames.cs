using System.Collections.Frozen;

namespace Jmlr.Ingest.Readers.Xml;

/// <summary>What elements of JATS, DocBook, DITA and their like are in HTML. Names that are not here are told by their content.</summary>
static class XmlNames
{
    /// <summary>Elements that are data about the document, not its text.</summary>
    public static readonly FrozenSet<string> Metadata = Set(
        "journal-meta", "processing-meta", "contrib-group", "aff", "author-notes", "pub-date", "history", "permissions", "counts", "custom-meta-group", "article-id", "article-categories",
        "volume", "issue", "fpage", "lpage", "elocation-id", "self-uri", "funding-group", "related-article", "conference", "prolog", "metadata", "pubdate", "copyright", "legalnotice",
        "authorgroup", "author", "revhistory", "colspec", "spanspec", "indexterm", "object-id", "graphic", "inline-graphic", "media", "mediaobject", "imageobject", "script", "style");

    /// <summary>Elements that open a level of headings when they have a title.</summary>
    public static readonly FrozenSet<string> Sections = Set(
        "article", "book", "chapter", "part", "preface", "appendix", "app", "sec", "section", "sect1", "sect2", "sect3", "sect4", "sect5", "simplesect", "refsect1", "refsect2", "abstract", "trans-abstract",
        "ack", "ref-list", "bibliography", "glossary", "topic", "concept", "task", "reference", "conbody", "refbody", "taskbody", "boxed-text", "sidebar", "div", "notes", "fn-group");

    public static readonly FrozenDictionary<string, string> Html = new Dictionary<string, string>
    {
        ["list"] = "ul",
        ["itemizedlist"] = "ul",
        ["simplelist"] = "ul",
        ["ul"] = "ul",
        ["sl"] = "ul",
        ["choices"] = "ul",
        ["steps-unordered"] = "ul",
        ["orderedlist"] = "ol",
        ["ol"] = "ol",
        ["steps"] = "ol",
        ["procedure"] = "ol",
        ["substeps"] = "ol",
        ["list-item"] = "li",
        ["listitem"] = "li",
        ["li"] = "li",
        ["sli"] = "li",
        ["step"] = "li",
        ["member"] = "li",
        ["ref"] = "li",
        ["biblioentry"] = "li",
        ["choice"] = "li",
        ["substep"] = "li",
        ["fn"] = "li",
        ["def-list"] = "dl",
        ["variablelist"] = "dl",
        ["dl"] = "dl",
        ["term"] = "dt",
        ["dt"] = "dt",
        ["glossterm"] = "dt",
        ["dd"] = "dd",
        ["def"] = "dd",
        ["glossdef"] = "dd",
        ["p"] = "div",
        ["para"] = "div",
        ["simpara"] = "div",
        ["formalpara"] = "div",
        ["disp-quote"] = "blockquote",
        ["blockquote"] = "blockquote",
        ["caption"] = "div",
        ["table-wrap-foot"] = "div",
        ["table"] = "table",
        ["informaltable"] = "table",
        ["simpletable"] = "table",
        ["thead"] = "thead",
        ["sthead"] = "tr",
        ["tbody"] = "tbody",
        ["tfoot"] = "tfoot",
        ["tr"] = "tr",
        ["row"] = "tr",
        ["strow"] = "tr",
        ["td"] = "td",
        ["th"] = "th",
        ["entry"] = "td",
        ["stentry"] = "td",
        ["bold"] = "b",
        ["b"] = "b",
        ["strong"] = "b",
        ["underline"] = "u",
        ["u"] = "u",
        ["break"] = "br",
        ["br"] = "br",
        ["preformat"] = "pre",
        ["programlisting"] = "pre",
        ["screen"] = "pre",
        ["codeblock"] = "pre",
        ["literallayout"] = "pre",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Elements that stand in running text.</summary>
    public static readonly FrozenSet<string> Inline = Set(
        "italic", "i", "em", "emphasis", "sup", "sub", "superscript", "subscript", "xref", "ext-link", "link", "ulink", "uri", "email", "named-content", "styled-content", "sc", "monospace", "ph", "keyword",
        "abbrev", "phrase", "quote", "span", "a", "code", "tt", "citation", "footnote-ref", "inline-formula", "year", "surname", "given-names");

    private static FrozenSet<string> Set(params ReadOnlySpan<string> names) => FrozenSet.Create(StringComparer.Ordinal, names);
}
