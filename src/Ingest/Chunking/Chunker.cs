using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Tokenizers;

namespace Jmlr.Ingest.Chunking;

/// <summary>
/// Packs the blocks of each section into passages of about the target length. Deterministic. A recommendation stays with its grade and its lead-in, rows with
/// their headers; only a sentence longer than a passage is cut, with a few words of overlap.
/// </summary>
public sealed class Chunker : IChunker
{
    private const int Algorithm = 3;

    private readonly ITextTokenizer _tokenizer;
    private readonly ChunkerOptions _options;

    /// <summary>A chunker that counts in the tokens of <paramref name="tokenizer"/>.</summary>
    public Chunker(ITextTokenizer tokenizer, ChunkerOptions? options = null)
    {
        _tokenizer = tokenizer;
        _options = (options ?? new ChunkerOptions()).Checked();
        string identity = string.Create(CultureInfo.InvariantCulture, $"{Algorithm}|{_options.Target}|{_options.Maximum}|{_options.Markers}|{tokenizer.Hash}");
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
    }

    /// <inheritdoc/>
    public string Hash { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Passage> Chunk(Document document)
    {
        List<Passage> passages = [];
        UnitMaker maker = new(_tokenizer);
        List<Unit> units = [];
        StringBuilder scratch = new();
        foreach (Section section in document.Sections)
        {
            HeadingLine heading = HeadingLine.Make(document.Title, section.HeadingPath, _tokenizer, _options.Maximum / 3);
            int budget = _options.Maximum - _options.Markers - heading.Tokens;
            units.Clear();
            int at = section.Span.Start;
            foreach (Block block in section.Blocks)
            {
                if (heading.Shortened)
                {
                    AddHeadings(document, new CharSpan(at, block.Span.Start), maker, budget, units);
                }

                at = block.Span.End;
                int caption = block.TableHeader is null ? 0 : _tokenizer.Count(block.TableHeader);
                bool repeat = caption <= budget / 3; // a long caption stands once, above its first row
                maker.Add(document, repeat ? block : block with { TableHeader = null }, repeat ? budget - caption : budget, units);
            }

            PassagePacker packer = new(document, section, heading, _tokenizer, _options, scratch);
            packer.Pack(units, passages);
        }

        return passages;
    }

    /// <summary>Headings that the heading line had to shorten stand in full above the block that they precede.</summary>
    private static void AddHeadings(Document document, CharSpan span, UnitMaker maker, int budget, List<Unit> units)
    {
        while (span.Length > 0 && char.IsWhiteSpace(document.Text[span.End - 1]))
        {
            span = span with { End = span.End - 1 };
        }

        while (span.Length > 0 && char.IsWhiteSpace(document.Text[span.Start]))
        {
            span = span with { Start = span.Start + 1 };
        }

        if (span.Length > 0)
        {
            maker.Add(document, new Block(BlockForm.Paragraph, span, LeadIn: true), budget, units);
        }
    }
}
