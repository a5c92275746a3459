namespace Jmlr.Models.Progress;

/// <summary>One step of a long operation, reported through <see cref="IProgress{T}"/>; the terminal turns it into rates and time left.</summary>
/// <param name="Stage">What is being done, for example "encode".</param>
/// <param name="Done">Units finished.</param>
/// <param name="Total">Units in all, 0 when unknown.</param>
/// <param name="Unit">Name of the unit, plural ("passages", "files").</param>
/// <param name="Work">Second counter for the rate (tokens or bytes done), 0 when there is none.</param>
/// <param name="WorkUnit">Name of the second counter ("tokens", "bytes").</param>
public readonly record struct ProgressReport(string Stage, long Done, long Total, string Unit, long Work = 0, string? WorkUnit = null);
