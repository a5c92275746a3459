namespace Jmlr.Cli.Json;

/// <summary><c>train retriever --json</c>.</summary>
sealed record ProjectionJson(string Path, int Passages, int Sentences, long Tokens, double Energy, int Dimension);
