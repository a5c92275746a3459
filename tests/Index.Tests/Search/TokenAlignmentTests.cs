using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;
using Jmlr.Models.Errors;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Tests.Search;

public sealed class TokenAlignmentTests
{
    [Fact]
    public void Similarities_sum_to_the_score_of_the_search()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Threads = 2, SegmentTokens = 1500 }).Build(IndexFixture.Passages(120), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        Assert.True(snapshot.Segments.Count > 1);
        TokenMatrix query = fixture.Query("acute chest pain troponin after stroke");
        foreach (ScoredPassage hit in snapshot.Searcher.Search(query, new SearchOptions { Top = 30 }, TestContext.Current.CancellationToken))
        {
            TokenMatch[] matches = TokenAlignment.Of(snapshot, query, hit.Id);
            Assert.Equal(query.Rows, matches.Length);
            Assert.Equal(hit.Score, matches.Sum(match => match.Similarity), 1e-4f);
            Assert.All(matches, match => Assert.InRange(match.PassageToken, 0, TokenAlignment.TokensOf(snapshot, hit.Id) - 1));
        }
    }

    [Fact]
    public void A_word_is_answered_by_itself()
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Bits = 8, Threads = 1 }).Build(new ListedPassages([("p", "fever rash cough"), .. Enumerable.Range(0, 40).Select(i => ($"x{i:D2}", IndexFixture.Text(i)))]), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 1);
        Assert.Equal([2, 0, 1], TokenAlignment.Of(snapshot, fixture.Query("cough fever rash"), "p").Select(match => match.PassageToken));
        Assert.Throws<JmlrOperationException>(() => TokenAlignment.Of(snapshot, fixture.Query("rash"), "unknown"));
    }

    [Fact]
    public void Places_are_those_of_the_tokens()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(Path.Combine(SharedData.Repository, "models", "jmlr-mini", "retriever", "vocab.txt"));
        var encoder = new Lengths(tokenizer);
        const string Question = "Adrenaline dose, please?";
        var tokens = new List<TokenSpan>();
        tokenizer.Encode(Question, tokens);

        TokenSpan?[] asked = TokenPlaces.OfQuery(encoder, Question, tokens.Count + 3)!;
        Assert.Equal([null, null, .. tokens.Select(token => (TokenSpan?)token), null], asked);
        Assert.Equal([.. asked, null, null], TokenPlaces.OfQuery(encoder, Question, tokens.Count + 5)!); // padded with [MASK]
        Assert.Null(TokenPlaces.OfQuery(encoder, Question, tokens.Count));

        // A passage keeps no vector of its punctuation.
        TokenSpan?[] stored = TokenPlaces.OfPassage(encoder, Question, tokens.Count + 3 - 2)!;
        Assert.Equal([null, null, .. tokens.Where(token => Question[token.Start] is not (',' or '?')).Select(token => (TokenSpan?)token), null], stored);
        Assert.Null(TokenPlaces.OfPassage(encoder, Question, tokens.Count));

        // Without markers the words come one place earlier.
        var unmarked = new Lengths(tokenizer) { Marked = false };
        Assert.Equal(asked[1..], TokenPlaces.OfQuery(unmarked, Question, tokens.Count + 2)!);
        Assert.Equal(stored[1..], TokenPlaces.OfPassage(unmarked, Question, tokens.Count)!);
    }

    [Fact]
    public void A_long_query_has_its_places_in_every_window()
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(Path.Combine(SharedData.Repository, "models", "jmlr-mini", "retriever", "vocab.txt"));
        string question = string.Join(' ', Enumerable.Range(0, 70).Select(i => $"fever{i}"));
        QueryWindows windows = QueryWindows.Make(tokenizer, new ColbertSettings(1, 2, 32, 180, false, false, new HashSet<int>()), question, []);
        Assert.True(windows.Count > 2);
        TokenSpan?[] places = TokenPlaces.OfQuery(new Lengths(tokenizer), question, windows.Kept)!;
        int row = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            for (int i = 0; i < windows.KeptOf(window); i++, row++)
            {
                long id = windows.Ids[(window * windows.Length) + i];
                Assert.True(places[row] is TokenSpan place ? place.Id == id : id == tokenizer.Cls || id == 1 || id == tokenizer.Sep, $"row {row}");
            }
        }
    }

    private sealed class Lengths(ITextTokenizer tokenizer) : ITokenEncoder
    {
        public string Hash => "";

        public int Dimension => 8;

        public int QueryLength => 32;

        public int PassageLength => 180;

        public bool Marked { get; init; } = true;

        public bool MarksQueries => Marked;

        public bool MarksPassages => Marked;

        public ITextTokenizer Tokenizer => tokenizer;

        public void EncodeQuery(string text, TokenMatrix destination) => throw new NotSupportedException();

        public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
