using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Tests.Lexical;

public sealed class HybridSearchTests
{
    // 1,000 passages, the later the lower by vectors; "zebra" stands in the last of them only.
    private static readonly string[] Ids = [.. Enumerable.Range(0, 1000).Select(i => $"p{i:D4}")];

    private static readonly LexicalIndex Words = new(Ids, id => id switch { "p0999" => "zebra", "p0500" => "common zebra cough", _ => "common words" });

    private readonly HybridSearch _search = new(new Vectors(), Words);

    private readonly TokenMatrix _query = new(8);

    [Fact]
    public void Words_bring_in_what_vectors_have_far_below()
    {
        IReadOnlyList<HybridHit> found = Search("zebra", 5, new Fusion(FusionRule.Weighted, 0.9));
        Assert.Equal("p0999", found[0].Id);
        Assert.Equal("p0500", found[1].Id);
        Assert.Equal(1f, found[0].MaxSim); // the exact score, though far below the candidates of the vectors
        Assert.True(found[0].Lexical > found[1].Lexical && found[2].Lexical == 0);
    }

    [Fact]
    public void The_weight_goes_from_one_ranking_to_the_other()
    {
        Assert.Equal(Ids[..5], Search("zebra", 5, new Fusion(FusionRule.Weighted, 0)).Select(hit => hit.Id));
        Assert.Equal(["p0999", "p0500"], Search("zebra", 2, new Fusion(FusionRule.Weighted, 1)).Select(hit => hit.Id));
    }

    [Fact]
    public void Reciprocal_ranks_are_as_published()
    {
        double[] fused = new Fusion(FusionRule.ReciprocalRank, 0.5).Combine([9, 8, 8, 1], [0, 2, 0, 5]);
        Assert.Equal([0.5 / 61, 0.5 * ((1 / 62.0) + (1 / 62.0)), 0.5 / 62, 0.5 * ((1 / 64.0) + (1 / 61.0))], fused, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_filter_holds_for_both_lists()
    {
        IReadOnlyList<HybridHit> found = Search("zebra", 10, new Fusion(FusionRule.Weighted, 0.9), id => id != "p0999" && id.EndsWith('0'));
        Assert.Equal(10, found.Count);
        Assert.Equal("p0500", found[0].Id);
        Assert.All(found, hit => Assert.EndsWith("0", hit.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void Support_is_that_of_the_best_by_vectors_also_when_words_rank_others_first()
    {
        HybridRanking found = Ranking("zebra", 2, new Fusion(FusionRule.Weighted, 1));
        Assert.All(found.Hits, hit => Assert.True(hit.Support < 0.6f));
        Assert.Equal(1f, found.BestSupport);
        Assert.Equal(0.99f, Ranking("zebra", 2, new Fusion(FusionRule.Weighted, 1), id => string.CompareOrdinal(id, "p0010") >= 0).BestSupport);
        Assert.Equal(0f, Ranking("zebra", 2, new Fusion(), _ => false).BestSupport);
    }

    private IReadOnlyList<HybridHit> Search(string question, int top, Fusion fusion, Func<string, bool>? allow = null) =>
        Ranking(question, top, fusion, allow).Hits;

    private HybridRanking Ranking(string question, int top, Fusion fusion, Func<string, bool>? allow = null) =>
        _search.Search(question, _query, top, fusion, SearchPlan.Auto, allow, TestContext.Current.CancellationToken);

    private sealed class Vectors : ISearcher
    {
        public IReadOnlyList<ScoredPassage> Search(TokenMatrix query, SearchOptions options, CancellationToken cancellation = default) =>
            [.. Ids.Where(id => options.Among?.Contains(id) ?? options.Allow?.Invoke(id) ?? true).Take(options.Top).Select(id => new ScoredPassage(id, 1000 - Array.IndexOf(Ids, id), (1000 - Array.IndexOf(Ids, id)) / 1000f))];
    }
}
