using Jmlr.Query.Evaluation.Statistics;

namespace Jmlr.Query.Evaluation;

/// <summary>What a collection says about retrieval.</summary>
public sealed record RetrievalReport
{
    /// <summary>Name of the collection.</summary>
    public required string Collection { get; init; }

    /// <summary>Split of the judgements.</summary>
    public required string Split { get; init; }

    /// <summary>Plan of the search.</summary>
    public required string Plan { get; init; }

    /// <summary>Documents of the collection.</summary>
    public required int Documents { get; init; }

    /// <summary>Passages they were cut into.</summary>
    public required int Passages { get; init; }

    /// <summary>Token vectors.</summary>
    public required long Tokens { get; init; }

    /// <summary>Bits of a residual value.</summary>
    public required int Bits { get; init; }

    /// <summary>Bytes of the index.</summary>
    public required long IndexBytes { get; init; }

    /// <summary>Bytes of the index by token.</summary>
    public required double BytesPerToken { get; init; }

    /// <summary>Seconds of building the index; 0 when it was there.</summary>
    public required double BuildSeconds { get; init; }

    /// <summary>The ranking.</summary>
    public required RankingRun Run { get; init; }

    /// <summary>Measures by query.</summary>
    public required IReadOnlyDictionary<string, RankingMeasures> Queries { get; init; }

    /// <summary>Milliseconds of encoding, by query, ascending.</summary>
    public required double[] EncodeMilliseconds { get; init; }

    /// <summary>Milliseconds in the index, by query, ascending.</summary>
    public required double[] SearchMilliseconds { get; init; }

    /// <summary>Milliseconds of both, by query, ascending.</summary>
    public required double[] TotalMilliseconds { get; init; }

    /// <summary>Mean over the queries.</summary>
    public RankingMeasures Mean => RankingMeasures.Mean([.. Queries.Values]);

    /// <summary>95 % bootstrap interval of the mean of a measure.</summary>
    public Interval IntervalOf(Func<RankingMeasures, double> measure) => Bootstrap.Mean([.. Queries.Values.Select(measure)]);
}
