using Jmlr.Index.Storage;
using Jmlr.Query.Sessions;

namespace Jmlr.Cli.Json;

/// <summary><c>index build --json</c> and <c>index update --json</c>; <c>new_codec</c> counts the passages that an update gave a codec of their own.</summary>
sealed record IndexChangeJson(long Generation, int Added, int Removed, int Kept, int Encoded, int NewCodec, double Seconds)
{
    internal static IndexChangeJson From(IndexChange change, double seconds) =>
        new(change.Generation, change.Added, change.Removed, change.Kept, change.Encoded, change.NewCodec, Math.Round(seconds, 3));
}

/// <summary><c>index status --json</c>; <c>drift</c> is null where it is not known, <c>recall</c> empty where the plan plaid was not calibrated. <c>stale</c> names at most 1,000 documents, <c>stale_documents</c> and <c>not_indexed</c> count all of them and their passages.</summary>
sealed record IndexStatusJson(
    long Generation, int Segments, long Passages, long DeadPassages, long Tokens, long DeadTokens, long Bytes, double BytesPerToken, int Bits, int Centroids,
    double? Drift, int DriftedPassages, IReadOnlyList<CodecFit> Codecs, IReadOnlyList<long> Generations, string Encoder, string Chunker, int NotIndexed, int StaleDocuments,
    IReadOnlyList<StaleJson> Stale, int Probes, IReadOnlyList<ProbeRecall> Recall)
{
    private const int MostNamed = 1000;

    internal static IndexStatusJson From(IndexStatus status, Staleness stale) => new(
        status.Generation, status.Segments, status.LivePassages, status.DeadPassages, status.LiveTokens, status.DeadTokens, status.Bytes, Math.Round(status.BytesPerToken, 2),
        status.Bits, status.Centroids, Round(status.Drift), status.DriftedPassages,
        [.. status.Fits.Select(fit => fit with { Drift = Round(fit.Drift), Growth = Round(fit.Growth), Outliers = Math.Round(fit.Outliers, 4) })],
        status.Generations, status.Identity.Encoder, status.Identity.Chunker, stale.Passages, stale.Documents.Count,
        [.. stale.Documents.Take(MostNamed).Select(document => new StaleJson(document.Id, JsonNames.Of(document.State), document.Passages))],
        status.Probes, [.. status.Recall.Select(row => row with { Recall = Math.Round(row.Recall, 4) })]);

    private static double? Round(double? value) => value is double known ? Math.Round(known, 4) : null;
}

/// <summary>A document version that the index does not hold as the store does: <c>added</c>, <c>changed</c> (other versions are indexed), <c>incomplete</c> or <c>removed</c>.</summary>
sealed record StaleJson(string Document, string State, int Passages);

/// <summary><c>index compact --json</c>; nothing was written when <c>generation</c> equals <c>former_generation</c>.</summary>
sealed record CompactJson(long Generation, long FormerGeneration, int Segments, int FormerSegments, long Passages, long Dropped, long Bytes, long FormerBytes, double Seconds);

/// <summary><c>index rollback --json</c>; nothing was written when <c>generation</c> equals <c>former_generation</c>.</summary>
sealed record RollbackJson(long Generation, long FormerGeneration, long To, long Passages, long Tokens);

/// <summary><c>index export --json</c>.</summary>
sealed record IndexExportJson(string Folder, int Passages);

/// <summary><c>index verify --json</c>; after <c>--repair</c>, <c>repaired</c> has what was wrong and <c>errors</c> what still is.</summary>
sealed record VerifyJson(
    bool Ok, long Generation, int Segments, long Passages, long Tokens, IReadOnlyList<VerifyErrorJson> Errors, IReadOnlyList<VerifyErrorJson>? Repaired, VerifyStoreJson? Store)
{
    internal static VerifyJson From(IndexVerification result, IReadOnlyList<IndexFault>? repaired) => new(
        result.Ok, result.Generation, result.Segments, result.Passages, result.Tokens, Faults(result.Errors), repaired is null ? null : Faults(repaired),
        result.Store is StoreComparison store ? new VerifyStoreJson(store.Missing, store.Surplus, store.Different) : null);

    private static VerifyErrorJson[] Faults(IReadOnlyList<IndexFault> faults) => [.. faults.Select(fault => new VerifyErrorJson(fault.File, fault.Section, fault.Offset, fault.What))];
}

/// <summary>The index against the store; null when the store could not be read or the index is damaged.</summary>
sealed record VerifyStoreJson(int Missing, int Surplus, int Different);

/// <summary>One thing wrong.</summary>
sealed record VerifyErrorJson(string File, string? Section, long? Offset, string What);
