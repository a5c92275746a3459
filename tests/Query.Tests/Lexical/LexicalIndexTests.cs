using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Beir;
using Jmlr.Query.Lexical;

namespace Jmlr.Query.Tests.Lexical;

public sealed class LexicalIndexTests
{
    private static readonly string[] Words = [.. "aspirin fever rash cough pain dose child adult insulin stroke".Split(' ')];

    [Fact]
    public void Scores_are_those_of_the_formula()
    {
        var random = new Random(3);
        Dictionary<string, string[]> texts = Enumerable.Range(0, 200).ToDictionary(i => $"p{i:D3}", _ => Enumerable.Range(0, 1 + random.Next(30)).Select(_ => Words[random.Next(Words.Length)]).ToArray());
        var index = new LexicalIndex([.. texts.Keys], id => string.Join(' ', texts[id]));
        Assert.Equal(200, index.Passages);
        string[] asked = ["aspirin", "child", "fever", "fever", "unknown"];
        double mean = texts.Values.Average(words => words.Length);
        double Score(string id) => asked.Sum(term =>
        {
            double documents = texts.Values.Count(words => words.Contains(term)), count = texts[id].Count(word => word == term);
            return Math.Log(1 + ((texts.Count - documents + 0.5) / (documents + 0.5))) * count * 1.9 / (count + (0.9 * (0.6 + (0.4 * texts[id].Length / mean))));
        });
        IReadOnlyList<LexicalHit> found = index.Search(string.Join(' ', asked), 40);
        (string Id, double Score)[] expected = [.. texts.Keys.Select(id => (id, Score(id))).OrderByDescending(pair => Math.Round(pair.Item2, 5)).ThenBy(pair => pair.id, StringComparer.Ordinal).Take(40)];
        Assert.Equal(expected.Select(pair => pair.Score), found.Select(hit => hit.Score), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(found.Select(hit => hit.Score), index.ScoresOf(string.Join(' ', asked), [.. found.Select(hit => hit.Id)]));
    }

    [Fact]
    public void Ties_go_by_id_and_filters_take_no_places()
    {
        var index = new LexicalIndex(["c", "a", "d", "b"], id => id == "d" ? "Cough" : "Fevers, 2.5 mg");
        Assert.Equal(["a", "b"], index.Search("fever", 2).Select(hit => hit.Id));
        Assert.Equal(["b", "c"], index.Search("fever", 2, id => id != "a").Select(hit => hit.Id));
        Assert.Equal(["a", "b", "c"], index.Search("2.5", 10).Select(hit => hit.Id));
        Assert.Empty(index.Search("5 unknown !?", 10));
        Assert.Empty(index.Search("", 10));
        Assert.Equal([0, 0], index.ScoresOf("fever", ["d", "not there"]));
        Assert.Empty(new LexicalIndex([], _ => "").Search("fever", 10));
    }

    [Fact]
    public void On_SciFact_it_is_as_good_as_the_baseline()
    {
        BeirSet set = BeirSet.Read(SharedData.Require("retrieval/scifact"), "test", TestContext.Current.CancellationToken);
        Dictionary<string, BeirDocument> documents = set.Documents.ToDictionary(document => document.Id);
        var index = new LexicalIndex([.. documents.Keys], id => $"{documents[id].Title} {documents[id].Text}", TestContext.Current.CancellationToken);
        var run = new RankingRun();
        foreach (BeirQuery query in set.Queries)
        {
            run.Set(query.Id, index.Search(query.Text, 100).Select(hit => new ScoredDocument(hit.Id, hit.Score)));
        }

        // Two other implementations: 0.667, and published 0.665 to 0.679.
        RankingMeasures mean = RankingMeasures.Mean([.. run.Measure(set.Judgements).Values]);
        Assert.InRange(mean.Ndcg10, 0.65, 0.70);
        Assert.InRange(mean.Recall100, 0.87, 0.92);
    }
}
