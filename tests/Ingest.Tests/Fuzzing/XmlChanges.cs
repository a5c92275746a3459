using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>Changes of an XML tree that leave it well-formed: elements doubled, moved, renamed or gone, other attributes and texts.</summary>
static class XmlChanges
{
    private static readonly string[] Values = ["", "0", "-1", "1", "3", "99999", "2147483648", "x", " ", "a b", "é\u00ad\u202e", "2020-13-45", "a.xhtml", "#", "%zz", "one\n\ntwo", "Grade: A", "Note:"];

    /// <summary>A changed tree; null when the seed is no XML.</summary>
    public static byte[]? Change(Random random, byte[] seed)
    {
        XDocument tree;
        try
        {
            tree = XDocument.Parse(Encoding.UTF8.GetString(seed), LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }

        for (int times = 1 + random.Next(4); times > 0; times--)
        {
            XElement[] all = [.. tree.Root!.DescendantsAndSelf()];
            Once(random, all[random.Next(all.Length)], all[random.Next(all.Length)]);
        }

        return Encoding.UTF8.GetBytes(tree.ToString(SaveOptions.DisableFormatting));
    }

    private static void Once(Random random, XElement one, XElement other)
    {
        string value = Values[random.Next(Values.Length)];
        switch (random.Next(9))
        {
            case 0 when one.Parent is not null:
                one.Remove();
                break;
            case 1:
                other.Add(new XElement(one));
                break;
            case 2 when one.Parent is not null:
                one.AddAfterSelf(new XElement(other));
                break;
            case 3:
                one.Name = other.Name;
                break;
            case 4:
                one.Value = value;
                break;
            case 5 when one.Attributes().FirstOrDefault(static a => a.Name.NamespaceName.Length == 0 && !a.IsNamespaceDeclaration) is XAttribute attribute:
                attribute.Value = value;
                break;
            case 6 when other.Attributes().LastOrDefault(static a => a.Name.NamespaceName.Length == 0 && !a.IsNamespaceDeclaration) is XAttribute attribute:
                one.SetAttributeValue(attribute.Name, random.Next(2) == 0 ? value : attribute.Value);
                break;
            case 7 when one.Parent is not null:
                one.ReplaceWith([.. one.Nodes()]);
                break;
            default:
                one.Add(new XText(value));
                break;
        }
    }
}
