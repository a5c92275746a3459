namespace Jmlr.Cli.Json;

/// <summary><c>demo --json</c>.</summary>
sealed record DemoJson(IngestJson Ingest, IndexChangeJson Index, IReadOnlyList<SearchJson> Searches, IReadOnlyList<AskJson> Answers, double Seconds);
