using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Tests.Retrieval;

/// <summary>Filters over a real store: exactly the passages that pass are found, and of those the best.</summary>
public sealed class FilterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-filter-").FullName;
    private readonly PassageStore _store;
    private readonly List<Passage> _passages = [];

    public FilterTests()
    {
        using (PassageStore writer = PassageStore.OpenForWriting(_folder))
        {
            Put(writer, "nice:asthma", "2019-03-01", ["narrative", "recommendation:A", "recommendation:B", "table"]);
            Put(writer, "nice:asthma", "2021-11-30", ["narrative", "recommendation:A, Strong"]);
            Put(writer, "nice:asthma", "2024-02-01", ["narrative", "recommendation:1B"], publisher: "National Institute", language: "en-GB");
            Put(writer, "who:old", "2020-05-31", ["narrative"], jurisdiction: "World");
            Put(writer, "who:new", "2022-01-01", ["narrative", "table"], supersedes: "who:old", jurisdiction: "World", licence: "CC BY 4.0");
            Put(writer, "web:undated", null, ["narrative"]);
            Put(writer, "web:gone", "2018-01-01", ["narrative"], withdrawn: true);
            Put(writer, "bank:q1", "2023-01-01", ["question", "reasoning"], question: "q1");
            Put(writer, "bank:q2", "2023-01-01", ["question", "reasoning", "narrative"], question: "q2");
            writer.Commit();
        }

        _store = PassageStore.OpenForReading(_folder);
        foreach (DocumentRecord document in _store.Documents)
        {
            _passages.AddRange(_store.ReadPassages(document));
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void By_default_what_is_in_force_and_no_question_stem() =>
        AssertFound(new PassageFilter(), "nice:asthma@2024#0", "nice:asthma@2024#1", "who:new@2022#0", "who:new@2022#1", "web:undated@undated#0", "bank:q1@2023#1", "bank:q2@2023#1", "bank:q2@2023#2");

    [Fact]
    public void Kinds_and_grades_are_of_the_passage()
    {
        AssertFound(new PassageFilter { Kinds = [ContentKind.Question] }, "bank:q1@2023#0", "bank:q2@2023#0");
        AssertFound(new PassageFilter { Kinds = [ContentKind.Table, ContentKind.Reasoning] }, "who:new@2022#1", "bank:q1@2023#1", "bank:q2@2023#1");
        AssertFound(new PassageFilter { Grades = ["1b"] }, "nice:asthma@2024#1");
        AssertFound(new PassageFilter { Grades = ["strong"], IncludeSuperseded = true }, "nice:asthma@2021#1");
        AssertFound(new PassageFilter { Grades = ["C"] });
    }

    [Fact]
    public void Documents_by_source_publisher_place_licence_and_language()
    {
        AssertFound(new PassageFilter { Sources = ["who"] }, "who:new@2022#0", "who:new@2022#1");
        AssertFound(new PassageFilter { Publishers = ["institute"] }, "nice:asthma@2024#0", "nice:asthma@2024#1");
        AssertFound(new PassageFilter { Jurisdictions = ["world"], Kinds = [ContentKind.Narrative] }, "who:new@2022#0");
        AssertFound(new PassageFilter { Licences = ["cc by"] }, "who:new@2022#0", "who:new@2022#1");
        AssertFound(new PassageFilter { Languages = ["en-gb"] }, "nice:asthma@2024#0", "nice:asthma@2024#1");
        AssertFound(new PassageFilter { Languages = ["en"], Sources = ["nice", "web"] }, "nice:asthma@2024#0", "nice:asthma@2024#1", "web:undated@undated#0");
        AssertFound(new PassageFilter { Sources = ["nowhere"] });
    }

    [Fact]
    public void Dates_of_publication_leave_out_the_undated()
    {
        AssertFound(new PassageFilter { PublishedFrom = Day("2024-02-01") }, "nice:asthma@2024#0", "nice:asthma@2024#1");
        AssertFound(new PassageFilter { PublishedTo = Day("2022-01-01") }, "who:new@2022#0", "who:new@2022#1");
        AssertFound(new PassageFilter { PublishedFrom = Day("2019-01-01"), PublishedTo = Day("2020-12-31"), IncludeSuperseded = true, Kinds = [ContentKind.Narrative] }, "nice:asthma@2019#0", "who:old@2020#0");
    }

    [Fact]
    public void As_of_a_day_what_was_in_force_then()
    {
        AssertFound(new PassageFilter { AsOf = Day("2019-02-28") }, "web:undated@undated#0");
        AssertFound(new PassageFilter { AsOf = Day("2021-06-01"), Kinds = [ContentKind.Narrative] }, "nice:asthma@2019#0", "who:old@2020#0", "web:undated@undated#0");
        AssertFound(new PassageFilter { AsOf = Day("2022-01-01"), Kinds = [ContentKind.Narrative] }, "nice:asthma@2021#0", "who:new@2022#0", "web:undated@undated#0");
        AssertFound(new PassageFilter { AsOf = Day("2020-05-31"), IncludeSuperseded = true, Kinds = [ContentKind.Narrative] }, "nice:asthma@2019#0", "who:old@2020#0", "web:undated@undated#0", "web:gone@2018#0");
    }

    [Fact]
    public void A_question_and_its_reasoning_can_be_kept_out()
    {
        AssertFound(new PassageFilter { Sources = ["bank"], ExcludeQuestion = "q2" }, "bank:q1@2023#1");
        AssertFound(new PassageFilter { Sources = ["bank"], ExcludeQuestion = "q2", Kinds = [ContentKind.Question] }, "bank:q1@2023#0");
        Assert.Contains("'q3'", Assert.Throws<JmlrUsageException>(() => Find(new PassageFilter { ExcludeQuestion = "q3" }, 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Superseded_and_withdrawn_versions_on_request() =>
        Assert.Equal(_passages.Count(passage => passage.Kind != ContentKind.Question), Find(new PassageFilter { IncludeSuperseded = true }, 100).Count);

    /// <summary>All that pass are found, and a smaller k gives the best of them: nothing is dropped after the search.</summary>
    private void AssertFound(PassageFilter filter, params string[] expected)
    {
        List<string> all = Find(filter, 100);
        Assert.Equal(expected.Order(StringComparer.Ordinal), all.Select(Short).Order(StringComparer.Ordinal));
        Assert.Equal(all.Take(2), Find(filter, 2));
    }

    private List<string> Find(PassageFilter filter, int top)
    {
        var retriever = new PassageRetriever(new NoEncoder(), new ByName(_passages.ConvertAll(passage => passage.Id.ToString())), _store);
        return [.. retriever.Retrieve("anything", new RetrievalOptions { Top = top, Filter = filter }, TestContext.Current.CancellationToken).Passages.Select(hit => hit.Passage.Id.ToString())];
    }

    private static string Short(string id) => PassageId.Parse(id) is var parsed ? $"{parsed.Key}@{(parsed.Version.Published is DateOnly day ? day.Year.ToString(System.Globalization.CultureInfo.InvariantCulture) : "undated")}#{parsed.Ordinal}" : "";

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static void Put(
        PassageStore store, string key, string? published, string[] kinds, string? publisher = null, string? supersedes = null, string? jurisdiction = null, string? licence = null,
        string language = "en", bool withdrawn = false, string? question = null)
    {
        var document = new Document
        {
            Key = DocumentKey.Parse(key),
            Version = new DocumentVersion("0123456789ab", published is null ? null : Day(published)),
            Title = key,
            Text = "text",
            Sections = [],
            QuestionId = question,
            Provenance = new Provenance
            {
                Source = key[..key.IndexOf(':', StringComparison.Ordinal)],
                Publisher = publisher,
                Jurisdiction = jurisdiction,
                Licence = licence,
                Language = language,
                Withdrawn = withdrawn,
                Published = published is null ? null : Day(published),
                Supersedes = supersedes is null ? null : DocumentKey.Parse(supersedes),
            },
        };
        store.Put(document, [.. kinds.Select((kind, i) => new Passage
        {
            Id = new PassageId(document.Key, document.Version, i),
            Title = key,
            HeadingPath = [],
            Text = "text",
            Span = new CharSpan(0, 4),
            Kind = Enum.Parse<ContentKind>(kind.Split(':')[0], ignoreCase: true),
            Grade = kind.Contains(':', StringComparison.Ordinal) ? kind.Split(':')[1] : null,
            QuestionId = question,
        })], "chunker");
    }

    /// <summary>Ranks passages by their names, and holds to the promise of a searcher: what is not allowed takes no place.</summary>
    internal sealed class ByName(List<string> ids) : ISearcher
    {
        public IReadOnlyList<ScoredPassage> Search(TokenMatrix query, SearchOptions options, CancellationToken cancellation = default) =>
            [.. ids.Order(StringComparer.Ordinal).Where(id => options.Allow?.Invoke(id) ?? true).Take(options.Top).Select((id, i) => new ScoredPassage(id, 100 - i, 0.5f))];
    }

    internal sealed class NoEncoder : ITokenEncoder
    {
        public string Hash => "";

        public int Dimension => 8;

        public int QueryLength => 8;

        public int PassageLength => 8;

        public ITextTokenizer Tokenizer { get; } = WordPieceTokenizer.FromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n"u8.ToArray());

        public void EncodeQuery(string text, TokenMatrix destination) => destination.Resize(1);

        public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
