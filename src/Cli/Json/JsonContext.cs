using System.Text.Json.Serialization;

namespace Jmlr.Cli.Json;

/// <summary>Everything that <c>--json</c> prints, generated at build time: reflection would cost a cold process 40 ms.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SearchJson))]
[JsonSerializable(typeof(AskJson))]
[JsonSerializable(typeof(SourcesJson))]
[JsonSerializable(typeof(SourceDetailJson))]
[JsonSerializable(typeof(RemovedJson))]
[JsonSerializable(typeof(RenamedJson))]
[JsonSerializable(typeof(DocumentJson))]
[JsonSerializable(typeof(ModelJson))]
[JsonSerializable(typeof(GeneratorJson))]
[JsonSerializable(typeof(ExportJson))]
[JsonSerializable(typeof(ProjectionJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(IndexChangeJson))]
[JsonSerializable(typeof(IndexStatusJson))]
[JsonSerializable(typeof(CompactJson))]
[JsonSerializable(typeof(RollbackJson))]
[JsonSerializable(typeof(IndexExportJson))]
[JsonSerializable(typeof(VerifyJson))]
[JsonSerializable(typeof(IngestJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(DemoJson))]
[JsonSerializable(typeof(RetrievalEvaluationJson))]
sealed partial class JsonContext : JsonSerializerContext;
