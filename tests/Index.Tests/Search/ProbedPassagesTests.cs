using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Index.Tests.Storage;

namespace Jmlr.Index.Tests.Search;

public sealed unsafe class ProbedPassagesTests
{
    private const int ProbesOfRow = 6;
    private const float Gap = 0.1f;

    [Theory]
    [InlineData("acute asthma steroid dose child", 40, 1 << 15)]
    [InlineData("acute asthma steroid dose child", 40, 61)]
    [InlineData("sepsis fluid bolus glucose insulin renal dose of vancomycin stroke", 100, 100)]
    [InlineData("stroke", 5000, 100)]
    public void Those_kept_have_the_highest_estimates_whatever_the_pieces(string text, int kept, int most) => Check(text, kept, most, int.MaxValue);

    [Fact]
    public void One_in_four_counted_is_enough_to_choose_about_as_many() => Check("acute asthma steroid dose child", 100, 61, 0);

    private static void Check(string text, int kept, int most, int sampledFrom)
    {
        using var fixture = new IndexFixture();
        fixture.Builder(new IndexSettings { Threads = 2, SegmentTokens = 6000 }).Build(IndexFixture.Passages(600), cancellation: TestContext.Current.CancellationToken);
        using IndexSnapshot snapshot = IndexSnapshot.Open(fixture.Index, threads: 2);
        Check(snapshot, fixture.Query(text), kept, most, sampledFrom);
    }

    /// <summary>Compares what is chosen with the estimates by their definition; every fifth passage is not wanted.</summary>
    internal static void Check(IndexSnapshot snapshot, TokenMatrix text, int kept, int most, int sampledFrom = int.MaxValue)
    {
        var blocks = new PassageBlocks(snapshot.Segments);
        ulong[] wanted = new ulong[(blocks.Passages + 63) / 64];
        for (int number = 0; number < blocks.Passages; number++)
        {
            wanted[number >> 6] |= number % 5 == 3 ? 0 : 1UL << (number & 63);
        }

        using var query = new PreparedQuery();
        using var table = new ProbeTable();
        using var worker = new ScanWorker();
        query.Set(text, snapshot.Codecs);
        Probes[] probes = [.. snapshot.Codecs.Select(_ => new Probes())];
        for (int codec = 0; codec < probes.Length; codec++)
        {
            table.Prepare(query, snapshot.Codecs[codec].Count);
            probes[codec].Begin(query, ProbesOfRow);
            worker.ScoreCentroids(query, snapshot.Codecs[codec], 0, snapshot.Codecs[codec].Count, table, probes[codec]);
            probes[codec].Sort(query.Rows);
        }

        PassageBlock[] pieces = PassageLists.Pieces(blocks, 2, most);
        Assert.All(pieces, piece => Assert.InRange(piece.End - piece.First, 1, most));
        var probed = new ProbedPassages(blocks, [.. pieces.Select(piece => new ListedPiece(snapshot, piece))], probes.Length, 2, sampledFrom);
        for (int round = 0; round < 2; round++)
        {
            probed.Begin(query, probes);
            for (int piece = 0; piece < probed.Pieces; piece++)
            {
                probed.Meet(piece % 2, piece, wanted);
            }

            int[] numbers = [];
            int met = probed.Choose(kept);
            for (int piece = 0; piece < probed.Pieces; piece++)
            {
                probed.List(piece);
            }

            int count = probed.Gather(ref numbers);
            Demand(Estimates(snapshot, blocks, query, probes, wanted), numbers.AsSpan(0, count).ToArray(), met, sampledFrom > 0 ? kept : kept / 2);
        }
    }

    private static void Demand(Dictionary<int, double> estimates, int[] chosen, int met, int kept)
    {
        Assert.Equal(estimates.Count, met);
        Assert.InRange(chosen.Length, Math.Min(kept, met), met);
        Assert.Equal(chosen.Order(), chosen);
        Assert.All(chosen, number => Assert.True(estimates.ContainsKey(number)));
        double least = chosen.Min(number => estimates[number]), left = estimates.Where(pair => !chosen.Contains(pair.Key)).Select(pair => pair.Value).DefaultIfEmpty(double.MinValue).Max();
        Assert.True(left <= least + 0.05, $"{left} was left, {least} was kept"); // a step of the sums for each row
    }

    /// <summary>The estimate by its definition, from the codes of each passage.</summary>
    private static Dictionary<int, double> Estimates(IndexSnapshot snapshot, PassageBlocks blocks, PreparedQuery query, Probes[] allProbes, ulong[] wanted)
    {
        var estimates = new Dictionary<int, double>();
        for (int number = 0; number < blocks.Passages; number++)
        {
            (int s, int passage) = blocks.Locate(number);
            Segment segment = snapshot.Segments[s];
            ushort[] codes = segment.Codes(segment.Starts[passage], segment.Starts[passage + 1] - segment.Starts[passage]).ToArray();
            Probes probes = allProbes[segment.CodecIndex];
            double sum = 0;
            bool met = false;
            for (int row = 0; row < query.Rows; row++)
            {
                float[] scores = probes.Scores(row).ToArray();
                int at = Array.FindIndex(probes.Centroids(row).ToArray(), centroid => codes.Contains((ushort)centroid));
                sum += at < 0 ? scores[^1] - Gap : scores[at];
                met |= at >= 0;
            }

            if (met && ((wanted[number >> 6] >> (number & 63)) & 1) != 0)
            {
                estimates[number] = sum;
            }
        }

        return estimates;
    }
}
