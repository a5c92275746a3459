namespace Jmlr.Cli.Json;

/// <summary><c>doctor --json</c>.</summary>
sealed record DoctorJson(bool Ok, IReadOnlyList<CheckJson> Checks);

/// <summary>One thing looked at.</summary>
sealed record CheckJson(string Name, bool Ok, string Detail);
