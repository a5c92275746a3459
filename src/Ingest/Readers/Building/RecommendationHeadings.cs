namespace Jmlr.Ingest.Readers.Building;

/// <summary>Headings below which the text recommends.</summary>
static class RecommendationHeadings
{
    private static readonly string[] Others = ["rating scheme", "evidence supporting", "methods", "strength of", "grade of", "grading", "rationale", "research recommendation"];

    /// <summary>Headings that speak of recommendations themselves, not of how they were made.</summary>
    public static bool Default(string heading) =>
        heading.Contains("recommendation", StringComparison.OrdinalIgnoreCase) && !Array.Exists(Others, other => heading.Contains(other, StringComparison.OrdinalIgnoreCase));
}
