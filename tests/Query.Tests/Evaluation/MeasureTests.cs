using Jmlr.Models.Errors;
using Jmlr.Query.Evaluation;

namespace Jmlr.Query.Tests.Evaluation;

public sealed class MeasureTests
{
    [Fact]
    public void Equal_scores_in_single_precision_go_by_id_descending()
    {
        Assert.Equal(["c", "b", "a"], RankingOrder.Sort([new("a", 1.00000000001), new("b", 1), new("c", 1)]));
        // U+FF5E has more bytes of lower value than an emoji, though its UTF-16 unit is larger than a surrogate.
        Assert.Equal(["😀", "～", "z"], RankingOrder.Sort([new("～", 1), new("z", 1), new("😀", 1)]));
    }

    [Fact]
    public void Measures_by_hand()
    {
        var grades = new Dictionary<string, int> { ["a"] = 2, ["b"] = 1, ["c"] = 0, ["d"] = -1 };
        RankingMeasures measures = RankingMeasures.Of(["d", "b", "x", "a"], grades);
        double ideal = 2 + (1 / Math.Log2(3));
        Assert.Equal(((1 / Math.Log2(3)) + (2 / Math.Log2(5))) / ideal, measures.Ndcg10, 1e-12);
        Assert.Equal(0.5, measures.ReciprocalRank10);
        Assert.Equal((0.5 + (2 / 4.0)) / 2, measures.AveragePrecision);
        Assert.Equal(0.2, measures.Precision10);
        Assert.Equal(1, measures.Recall10);
    }

    [Fact]
    public void Ranks_beyond_ten_do_not_count_for_mrr_at_10()
    {
        string[] ranking = [.. Enumerable.Range(0, 10).Select(i => $"x{i}"), "a"];
        RankingMeasures measures = RankingMeasures.Of(ranking, new Dictionary<string, int> { ["a"] = 1 });
        Assert.Equal(0, measures.ReciprocalRank10);
        Assert.Equal(1.0 / 11, measures.ReciprocalRank);
        Assert.Equal(0, measures.Recall10);
        Assert.Equal(1, measures.Recall100);
    }

    [Theory]
    [InlineData("q d\n", "line 1")]
    [InlineData("query-id\tcorpus-id\tscore\nq\td\t1.5\n", "line 2")]
    [InlineData("q\td\t1\nq\td\tx\n", "line 2")]
    public void Bad_judgements_name_the_line(string text, string place)
    {
        string path = Written(text);
        Assert.Contains(place, Assert.Throws<JmlrDataException>(() => Judgements.Read(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q Q0 d 1 0.5\n", "line 1")]
    [InlineData("q Q0 d 1 nan t\n", "line 1")]
    [InlineData("q Q0 d 1 0.5 t\nq Q0 d 2 0.4 t\n", "line 2")]
    public void Bad_runs_name_the_line(string text, string place)
    {
        string path = Written(text);
        Assert.Contains(place, Assert.Throws<JmlrDataException>(() => RankingRun.Read(path)).Message, StringComparison.Ordinal);
    }

    private static string Written(string text)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("jmlr-eval-").FullName, "file");
        File.WriteAllText(path, text);
        return path;
    }
}
