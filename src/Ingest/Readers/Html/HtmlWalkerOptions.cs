namespace Jmlr.Ingest.Readers.Html;

/// <summary>What differs between pages and rendered Markdown.</summary>
/// <param name="PseudoHeadings">Short paragraphs wholly in bold are headings.</param>
/// <param name="NumberedLists">Numbers of ordered lists stand in the source (Markdown) and are kept.</param>
/// <param name="ImageText">Captions (title, else alternative text) of images are text.</param>
/// <param name="Positions">Places in the page are places in the file; false when the page was made from another format.</param>
readonly record struct HtmlWalkerOptions(bool PseudoHeadings, bool NumberedLists = false, bool ImageText = false, bool Positions = true);
