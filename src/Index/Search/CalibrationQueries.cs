using System.Text.RegularExpressions;
using Jmlr.Index.Codec;
using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Models.Randomness;

namespace Jmlr.Index.Search;

/// <summary>
/// Queries drawn from passages: a few long words of each of two passages. The words of one passage alone are found more easily than questions are; with two the plan plaid
/// misses about as many as for real questions (<c>docs/search.md</c>).
/// </summary>
static partial class CalibrationQueries
{
    private const int WordsOfPassage = 3;

    /// <summary>Draws and encodes queries, the same ones whatever order <paramref name="ids"/> come in; fewer where passages have no words.</summary>
    internal static List<TokenMatrix> Draw(ITokenEncoder encoder, IPassageSource source, IReadOnlyList<string> ids, int count, ulong seed, CancellationToken cancellation)
    {
        (ulong Key, string Id)[] order = [.. ids.Select(id => (SampleHash.Of(id, ~seed), id))]; // another order than that of the training sample
        Array.Sort(order, static (a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : string.CompareOrdinal(a.Id, b.Id));
        var queries = new List<TokenMatrix>(count);
        string? before = null;
        foreach ((ulong key, string id) in order)
        {
            if (queries.Count == count)
            {
                break;
            }

            cancellation.ThrowIfCancellationRequested();
            string words = Pick([.. Words().Matches(source.ReadText(id)).Select(match => match.Value)], key);
            if (words.Length > 0 && before is not null)
            {
                var query = new TokenMatrix(encoder.Dimension);
                encoder.EncodeQuery($"{before} {words}", query);
                queries.Add(query);
            }

            before = words.Length > 0 ? words : before;
        }

        return queries;
    }

    /// <summary>Some of the words, each as likely as the others, in their order.</summary>
    private static string Pick(string[] words, ulong key)
    {
        var random = new SplitMix64(key);
        var picked = new List<string>(WordsOfPassage);
        for (int i = 0; i < words.Length && picked.Count < WordsOfPassage; i++)
        {
            if (random.Below(words.Length - i) < WordsOfPassage - picked.Count)
            {
                picked.Add(words[i]);
            }
        }

        return string.Join(' ', picked);
    }

    [GeneratedRegex(@"[\p{L}\p{N}]{4,}")]
    private static partial Regex Words();
}
