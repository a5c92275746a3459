using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Privacy;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Store.Records;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Ingest.Tests.RealData;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>What must hold of a document whatever it was read from: its structure, that the store can keep it, and that its passages cover every visible word.</summary>
static class DocumentChecks
{
    private const int LongestWord = 200; // a longer run without a space may be cut within a word
    private static readonly ChunkerOptions Lengths = new() { Target = 24, Maximum = 40 };

    public static void Check(Document document)
    {
        Sources.CheckStructure(document);
        IReadOnlyList<Passage> passages = new Chunker(new WordTokenizer(), Lengths).Chunk(document);
        Stored(document, passages);
        PatientData.Count(document);
        bool cuts = Longest(document.Text) > LongestWord;
        foreach (string fault in PassageChecks.Faults(document, passages, new WordTokenizer(), Lengths.Maximum))
        {
            // A name that stands over a column twice is printed once: every word, but not as often.
            Holds(fault.Contains(PassageChecks.Lost, StringComparison.Ordinal) && (cuts || !Lacks(document, passages)), fault);
        }
    }

    /// <summary>Key and passage ids can be read from their written form, and every field goes into a record and comes back.</summary>
    private static void Stored(Document document, IReadOnlyList<Passage> passages)
    {
        Holds(DocumentKey.TryParse(document.Key.ToString(), out DocumentKey key) && key == document.Key, $"key '{document.Key}'");
        RecordWriter writer = new(), scratch = new();
        ProvenanceCodec.Write(writer, document.Key);
        ProvenanceCodec.Write(writer, document.Version);
        ProvenanceCodec.Write(writer, document.Provenance);
        writer.Text(document.Title);
        writer.OptionalText(document.QuestionId);
        writer.Clear();
        DocumentCodec.Write(writer, document);
        DocumentRecord record = new(document.Key, document.Version, document.Title, document.Provenance, VersionState.InForce, passages.Count, document.Text.Length, default, document.QuestionId);
        RecordReader reader = new(writer.Written, "record", "document");
        Document again = DocumentCodec.Read(ref reader, record);
        Holds(again.Text == document.Text && again.Sections.SelectMany(static s => s.Blocks).SequenceEqual(document.Sections.SelectMany(static s => s.Blocks)), "a stored document differs");
        for (int first = 0; first < passages.Count; first += PassageCodec.GroupSize)
        {
            Passage[] group = [.. passages.Skip(first).Take(PassageCodec.GroupSize)];
            writer.Clear();
            PassageCodec.WriteGroup(writer, scratch, group);
            RecordReader groups = new(writer.Written, "record", "passages");
            List<Passage> back = [];
            PassageCodec.ReadGroup(ref groups, record, first, null, back);
            Holds(back.Select(static p => (p.Id, p.Text, p.Span, p.Kind, p.Grade, p.Page)).SequenceEqual(group.Select(static p => (p.Id, p.Text, p.Span, p.Kind, p.Grade, p.Page))), "stored passages differ");
        }
    }

    private static bool Lacks(Document document, IReadOnlyList<Passage> passages) =>
        VisibleWords.Split(document.Text).Except(VisibleWords.Split(string.Join('\n', passages.Select(static passage => passage.RetrieverText)))).Any();

    private static void Holds(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }

    private static int Longest(string text)
    {
        int longest = 0;
        foreach (Range run in text.AsSpan().SplitAny([' ', '\n']))
        {
            longest = Math.Max(longest, run.End.Value - run.Start.Value);
        }

        return longest;
    }
}
