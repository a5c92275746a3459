using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Chunking;
using Jmlr.Models.Packaging;
using Jmlr.Query.Evaluation;
using Jmlr.Query.Evaluation.Beir;
using Jmlr.Query.Lexical;
using Jmlr.Query.Sessions;

namespace Jmlr.Bench.Retrieval;

/// <summary>nDCG@10 and recall@100 of a collection by rule and weight of the fusion with BM25, from one set of candidates a query.</summary>
static class FusionBench
{
    private const int Depth = 400;
    private const int Documents = 100;

    /// <summary>Reads the index that <c>jmlr eval retrieval --keep</c> left in <paramref name="kept"/>.</summary>
    public static void Run(string modelPath, string beir, string split, string kept, TextWriter to)
    {
        BeirSet collection = BeirSet.Read(beir, split);
        using ColbertEncoder encoder = QuerySession.OpenEncoder(ModelFolder.Open(modelPath), new SessionOptions());
        var passages = new BeirPassages(collection, new Chunker(encoder.Tokenizer, ChunkerOptions.For(encoder.PassageLength)));
        using IndexSnapshot index = IndexSnapshot.Open(RetrievalEvaluation.IndexPath(kept));
        var search = new HybridSearch(index.Searcher, new LexicalIndex(passages.Ids, passages.ReadText));
        var query = new TokenMatrix(encoder.Dimension);
        var candidates = new List<HybridHit[]>();
        foreach (BeirQuery asked in collection.Queries)
        {
            encoder.EncodeQuery(asked.Text, query);
            candidates.Add(search.Candidates(asked.Text, query, Depth, SearchPlan.Exact, null, default));
        }

        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{collection.Name}, {split}: {candidates.Count} queries, {candidates.Average(hits => hits.Length):0} candidates each"));
        foreach (Fusion fusion in Enumerable.Range(0, 21).Select(i => new Fusion(FusionRule.Weighted, i / 20.0)).Concat([new Fusion(FusionRule.ReciprocalRank, 0.5)]))
        {
            var run = new RankingRun();
            for (int q = 0; q < candidates.Count; q++)
            {
                run.Set(collection.Queries[q].Id, Rank(candidates[q], fusion, passages));
            }

            RankingMeasures mean = RankingMeasures.Mean([.. run.Measure(collection.Judgements).Values]);
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fusion.Rule,-14} {fusion.LexicalWeight:0.00}  nDCG@10 {mean.Ndcg10:0.0000}  recall@100 {mean.Recall100:0.0000}"));
        }
    }

    private static IEnumerable<ScoredDocument> Rank(HybridHit[] hits, Fusion fusion, BeirPassages passages)
    {
        double[] fused = fusion.Combine(Array.ConvertAll(hits, hit => (double)hit.MaxSim), Array.ConvertAll(hits, hit => hit.Lexical));
        return hits.Select((hit, i) => new ScoredDocument(passages.DocumentOf(hit.Id).Id, fused[i]))
            .GroupBy(document => document.Id).Select(group => group.MaxBy(document => document.Score)).OrderByDescending(document => document.Score).Take(Documents);
    }
}
