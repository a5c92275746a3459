using System.Runtime.InteropServices;

namespace Jmlr.Query.Lexical;

/// <summary>A passage with its BM25 score.</summary>
public readonly record struct LexicalHit(string Id, double Score);

/// <summary>
/// BM25 over passages (Robertson and Zaragoza 2009; idf as Lucene, never negative): postings in memory, made from the texts. Immutable and thread-safe.
/// It finds what vectors blur: drug names, doses, identifiers.
/// </summary>
public sealed class LexicalIndex
{
    private const double K1 = 0.9, B = 0.4;
    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly string[] _ids;
    private readonly int[] _termsOf; // by passage, how many
    private readonly float[] _lengths; // K1 (1 - B + B length / mean), by passage
    private readonly int[] _starts; // [terms + 1] into the postings
    private readonly int[] _passages;
    private readonly ushort[] _counts;

    /// <summary>Indexes passages, given with the text that the retriever encodes; ids are different from one another.</summary>
    public LexicalIndex(IReadOnlyList<string> ids, Func<string, string> readText, CancellationToken cancellation = default)
        : this(ids.Select(id => (id, readText(id))), cancellation)
    {
    }

    /// <summary>Indexes passages as they come, each read once and none kept.</summary>
    internal LexicalIndex(IEnumerable<(string Id, string Text)> passages, CancellationToken cancellation)
    {
        var ids = new List<string>();
        var lengths = new List<int>();
        var lists = new List<List<(int Passage, ushort Count)>>();
        var counts = new Dictionary<int, int>();
        foreach ((string id, string text) in passages)
        {
            cancellation.ThrowIfCancellationRequested();
            counts.Clear();
            int length = 0;
            LexicalTerms.Scan(text, term =>
            {
                ref int list = ref CollectionsMarshal.GetValueRefOrAddDefault(_terms, term, out bool known);
                if (!known)
                {
                    list = lists.Count;
                    lists.Add([]);
                }

                CollectionsMarshal.GetValueRefOrAddDefault(counts, list, out _)++;
                length++;
            });
            foreach ((int term, int count) in counts)
            {
                lists[term].Add((ids.Count, (ushort)Math.Min(count, ushort.MaxValue)));
            }

            ids.Add(id);
            lengths.Add(length);
        }

        // Numbered in the order of their ids: a tie goes to the first id, which is then the lower number.
        _ids = [.. ids];
        int[] came = [.. Enumerable.Range(0, ids.Count)], number = new int[ids.Count];
        Array.Sort(_ids, came, StringComparer.Ordinal);
        for (int i = 0; i < came.Length; i++)
        {
            number[came[i]] = i;
        }

        _termsOf = Array.ConvertAll(came, at => lengths[at]);
        _lengths = Scaled(_termsOf);
        _starts = new int[lists.Count + 1];
        for (int term = 0; term < lists.Count; term++)
        {
            _starts[term + 1] = checked(_starts[term] + lists[term].Count);
        }

        _passages = new int[_starts[^1]];
        _counts = new ushort[_starts[^1]];
        for (int term = 0; term < lists.Count; term++)
        {
            for (int i = 0; i < lists[term].Count; i++)
            {
                (_passages[_starts[term] + i], _counts[_starts[term] + i]) = (number[lists[term][i].Passage], lists[term][i].Count);
            }
        }
    }

    /// <summary>An index whose postings were counted before.</summary>
    internal LexicalIndex(LexicalPostings postings)
    {
        (_ids, _termsOf, _lengths) = (postings.Ids, postings.Lengths, Scaled(postings.Lengths));
        (_starts, _passages, _counts) = (postings.Starts, postings.Passages, postings.Counts);
        _terms.EnsureCapacity(postings.Terms.Length);
        for (int term = 0; term < postings.Terms.Length; term++)
        {
            _terms.Add(postings.Terms[term], term);
        }
    }

    /// <summary>Number of passages.</summary>
    public int Passages => _ids.Length;

    /// <summary>Number of different terms.</summary>
    public int Terms => _terms.Count;

    /// <summary>Number of postings.</summary>
    public int Postings => _passages.Length;

    /// <summary>The best passages that share a term with <paramref name="question"/> and that <paramref name="allow"/> lets pass; ties by id.</summary>
    public IReadOnlyList<LexicalHit> Search(string question, int top, Func<string, bool>? allow = null)
    {
        double[] scores = Scores(question);
        var queue = new PriorityQueue<int, (double Score, int Order)>(); // the worst kept on top
        for (int passage = 0; passage < scores.Length; passage++)
        {
            if (scores[passage] <= 0 || (queue.Count == top && queue.TryPeek(out _, out (double Score, int Order) worst) && scores[passage] <= worst.Score) || allow?.Invoke(_ids[passage]) == false)
            {
                continue;
            }

            queue.Enqueue(passage, (scores[passage], -passage));
            if (queue.Count > top)
            {
                queue.Dequeue();
            }
        }

        var hits = new LexicalHit[queue.Count];
        for (int i = hits.Length - 1; i >= 0; i--)
        {
            int passage = queue.Dequeue();
            hits[i] = new LexicalHit(_ids[passage], scores[passage]);
        }

        return hits;
    }

    /// <summary>Scores of given passages for <paramref name="question"/>; 0 for those that share no term with it or are unknown.</summary>
    public double[] ScoresOf(string question, IReadOnlyList<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        double[] scores = Scores(question);
        return [.. ids.Select(id => Array.BinarySearch(_ids, id, StringComparer.Ordinal) is int at and >= 0 ? scores[at] : 0)];
    }

    /// <summary>What it consists of, to be kept.</summary>
    internal LexicalPostings ToPostings() => new(_ids, _termsOf, [.. _terms.OrderBy(pair => pair.Value).Select(pair => pair.Key)], _starts, _passages, _counts);

    private static float[] Scaled(int[] lengths)
    {
        double mean = Math.Max(1, lengths.Length == 0 ? 1 : lengths.Average());
        return Array.ConvertAll(lengths, length => (float)(K1 * (1 - B + (B * length / mean))));
    }

    private double[] Scores(string question)
    {
        double[] scores = new double[_ids.Length];
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        LexicalTerms.Scan(question, term => CollectionsMarshal.GetValueRefOrAddDefault(asked, term, out _)++);
        foreach ((string term, int times) in asked)
        {
            if (!_terms.TryGetValue(term, out int number))
            {
                continue;
            }

            int first = _starts[number], end = _starts[number + 1];
            double weight = times * Math.Log(1 + ((_ids.Length - (end - first) + 0.5) / (end - first + 0.5)));
            for (int i = first; i < end; i++)
            {
                int count = _counts[i];
                scores[_passages[i]] += weight * count * (K1 + 1) / (count + _lengths[_passages[i]]);
            }
        }

        return scores;
    }
}
