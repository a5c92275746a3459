using System.Globalization;
using System.Xml.Linq;

namespace Jmlr.Ingest.Readers.Docx;

/// <summary>Short ways through WordprocessingML, by local names (strict and transitional documents differ only in their namespaces).</summary>
static class DocxXml
{
    public static XElement? Child(this XElement? element, string name) => element?.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement? element, string name) => element?.Elements().Where(child => child.Name.LocalName == name) ?? [];

    public static string? Value(this XElement? element, string name = "val") => element?.Attributes().FirstOrDefault(attribute => attribute.Name.LocalName == name)?.Value;

    public static int? Number(this XElement? element, string name = "val") =>
        int.TryParse(element.Value(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>An on/off property: there, and not said to be off.</summary>
    public static bool IsOn(this XElement? properties, string name) => properties.Child(name) is XElement flag && flag.Value() is not ("0" or "false" or "off" or "none");
}
