using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Progress;

namespace Jmlr.Query.Evaluation.Beir;

/// <summary>The documents of a collection cut into passages as <c>ingest</c> cuts them. A passage is named by the number of its document: their own ids may hold anything.</summary>
public sealed class BeirPassages : IPassageSource
{
    private const int NumberLength = 8;
    private readonly BeirSet _collection;
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];

    /// <summary>Cuts all documents.</summary>
    public BeirPassages(BeirSet collection, IChunker chunker, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentNullException.ThrowIfNull(chunker);
        _collection = collection;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int number = 0; number < collection.Documents.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (Passage passage in chunker.Chunk(Read(collection.Documents[number])))
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"{number:D8}#{passage.Id.Ordinal:D4}"), text = passage.RetrieverText;
                _ids.Add(id);
                _texts.Add(id, text);
                hash.AppendData(Encoding.UTF8.GetBytes($"{id}\0{text}\0"));
            }

            progress?.Report(new ProgressReport("cut", number + 1, collection.Documents.Count, "documents"));
        }

        Hash = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>SHA-256 (hex) over all passages.</summary>
    public string Hash { get; }

    /// <inheritdoc/>
    public string ReadText(string id) => _texts[id];

    /// <summary>The document of a passage.</summary>
    public BeirDocument DocumentOf(string passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        return _collection.Documents[int.Parse(passage.AsSpan(0, NumberLength), NumberStyles.None, CultureInfo.InvariantCulture)];
    }

    private static Document Read(BeirDocument document)
    {
        var blocks = new List<Block>();
        for (int start = 0; start < document.Text.Length;)
        {
            int end = document.Text.IndexOf('\n', start);
            end = end < 0 ? document.Text.Length : end;
            if (!document.Text.AsSpan(start, end - start).IsWhiteSpace())
            {
                blocks.Add(new Block(BlockForm.Paragraph, new CharSpan(start, end)));
            }

            start = end + 1;
        }

        string text = document.Text;
        if (blocks.Count == 0 && !string.IsNullOrWhiteSpace(document.Title))
        {
            // A document of a title alone is found by it.
            text = document.Title;
            blocks.Add(new Block(BlockForm.Paragraph, new CharSpan(0, text.Length)));
        }

        var key = new DocumentKey("beir", "document");
        return new Document
        {
            Key = key,
            Version = new DocumentVersion("0", null),
            Title = document.Title,
            Provenance = new Provenance { Source = "beir" },
            Text = text,
            Sections = blocks.Count == 0 ? [] : [new Section([], new CharSpan(blocks[0].Span.Start, blocks[^1].Span.End), blocks)],
        };
    }
}
