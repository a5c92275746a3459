using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Pipeline;

/// <summary>A file to read.</summary>
/// <param name="FullPath">Where it is; null for standard input and pages.</param>
/// <param name="Name">Path relative to what the user named, with forward slashes.</param>
/// <param name="Defaults">Provenance that holds when the file does not say otherwise.</param>
/// <param name="Why">Why it cannot be read, when that is known already.</param>
/// <param name="Address">Where it is to be fetched from, when it is a page.</param>
sealed record InputFile(string? FullPath, string Name, Provenance Defaults, string? Why = null, Uri? Address = null);
