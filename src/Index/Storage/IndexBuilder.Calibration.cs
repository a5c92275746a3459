using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

public sealed partial class IndexBuilder
{
    private const int GrowthOfCalibration = 2; // a table holds until the index has doubled or halved

    /// <summary>
    /// The state with the recall table of the plan plaid: measured over queries drawn from <paramref name="source"/> when searches will be approximate and no table of an
    /// index of about this size is there.
    /// </summary>
    private Manifest Calibrated(Manifest next, IPassageSource source, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        long tokens = next.Segments.Sum(segment => segment.Live.Tokens);
        if (tokens <= _settings.LeastCalibratedTokens)
        {
            return next with { Plaid = null };
        }

        if (next.Plaid is PlaidEntry known && tokens < GrowthOfCalibration * known.Tokens && known.Tokens < GrowthOfCalibration * tokens)
        {
            return next;
        }

        List<TokenMatrix> queries = CalibrationQueries.Draw(_encoder, source, source.Ids, ProbeCalibration.QueriesFor(tokens), _settings.Seed, cancellation);
        if (queries.Count == 0)
        {
            return next with { Plaid = null };
        }

        using IndexSnapshot snapshot = IndexSnapshot.OpenUnpublished(_folder, next, _settings.Threads);
        return next with { Plaid = ProbeCalibration.Measure(snapshot, queries, progress, cancellation) };
    }
}
