using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers.Building;
using Jmlr.Ingest.Readers.Decoding;
using Jmlr.Ingest.Readers.Html;
using Markdig;

namespace Jmlr.Ingest.Readers.Markdown;

/// <summary>Markdown: front matter to provenance; the body goes through Markdig to HTML, so that raw HTML and pipe tables come out alike.</summary>
public sealed class MarkdownReader : IDocumentReader
{
    private const int MaxLength = 32 << 20;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseGridTables().UseFootnotes().UseDefinitionLists().UseTaskLists().UseEmphasisExtras().Build();

    /// <inheritdoc/>
    public string Format => "markdown";

    /// <inheritdoc/>
    public double Recognise(SourceFile file)
    {
        ReadOnlySpan<byte> head = file.Content.Span[..Math.Min(file.Content.Length, 8192)];
        string text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF');
        bool named = file.Path.EndsWith(".md", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith(".markdown", StringComparison.OrdinalIgnoreCase);
        if (text.StartsWith("---\n", StringComparison.Ordinal) || text.StartsWith("---\r\n", StringComparison.Ordinal))
        {
            return 0.9;
        }

        int marks = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            bool heading = line.StartsWith("# ") || line.StartsWith("## ") || line.StartsWith("### ") || line.StartsWith("#### ");
            marks += heading || line.StartsWith("|-") || line.StartsWith("| ---") || line.StartsWith("|:-") || line.StartsWith("```") || line.Contains("](", StringComparison.Ordinal) ? 1 : 0;
        }

        return named ? 0.8 : marks > 1 ? 0.6 : marks > 0 ? 0.45 : 0;
    }

    /// <inheritdoc/>
    public IEnumerable<Document> Read(SourceFile file)
    {
        string text = TextDecoding.Decode(file.Content.Span, file.Path).ReplaceLineEndings("\n");
        if (text.Length > MaxLength)
        {
            Throw.Data($"Markdown of {text.Length} characters, at most {MaxLength} are read: split the file", file.Path);
        }

        DocumentBuilder builder = new(file, Format);
        int body = FrontMatter.Read(text, builder.Front, file.Path);
        string html = ToHtml(MarkdownCleaner.Clean(text.AsSpan(body)), file.Path);
        using StringReader reader = new(html);
        HtmlAgilityPack.HtmlDocument page = HtmlReader.Parse(reader, file.Path);
        new HtmlWalker(builder, new HtmlWalkerOptions(PseudoHeadings: true, NumberedLists: true, ImageText: true, Positions: false)).Walk(page.DocumentNode);
        yield return builder.Finish();
    }

    private static string ToHtml(string markdown, string path)
    {
        try
        {
            return Markdig.Markdown.ToHtml(markdown, Pipeline);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            // Markdig refuses deep nesting with an ArgumentException.
            return Throw.Data<string>($"Markdown that cannot be parsed ({error.Message.ReplaceLineEndings(" ")})", path, inner: error);
        }
    }
}
