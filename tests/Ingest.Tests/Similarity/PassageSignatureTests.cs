using Jmlr.Ingest.Similarity;

namespace Jmlr.Ingest.Tests.Similarity;

public class PassageSignatureTests
{
    private const string Text = "Offer adults with a confirmed diagnosis of gout who have had two or more attacks in a year treatment that lowers urate, and explain that it should be taken every day, "
        + "also during attacks, because it works by keeping the level below 360 micromoles per litre. Begin two to four weeks after the attack has settled with a low dose and raise it step by step.";

    private static bool Near(string a, string b, string? grade = null, string? other = null) => Of(a, grade).IsNear(Of(b, other));

    private static PassageSignature Of(string text, string? grade) =>
        PassageSignature.Of(Samples.Passages(Samples.Document("x"))[0] with { Text = text, Grade = grade });

    [Fact]
    public void Nearly_the_same_words_are_near_whatever_their_case_and_marks()
    {
        Assert.True(Near(Text, Text));
        Assert.True(Near(Text, Text.ToUpperInvariant().Replace(",", " –", StringComparison.Ordinal)));
        Assert.True(Near(Text, Text.Replace("explain that", "explain why", StringComparison.Ordinal)));
        Assert.True(Near("Give oxygen.", "give oxygen"));
        Assert.True(Near("", "…"));
    }

    [Fact]
    public void Another_number_negation_or_grade_is_another_statement()
    {
        Assert.False(Near(Text, Text.Replace("360", "300", StringComparison.Ordinal)));
        Assert.False(Near(Text, Text.Replace("should be", "should not be", StringComparison.Ordinal)));
        Assert.False(Near(Text, Text.Replace("with a low dose", "without a low dose", StringComparison.Ordinal)));
        Assert.False(Near(Text, Text, "A", "B"));
        Assert.False(Near("Give oxygen.", "Give adrenaline."));
    }

    [Fact]
    public void The_share_of_equal_minima_follows_the_share_of_common_runs()
    {
        // Of 200 runs of words, the first 200 - n are common: near from about four fifths of the union on.
        static string Words(int from, int count) => string.Join(' ', Enumerable.Range(from, count).Select(static i => "w" + new string((char)('a' + (i % 26)), 1 + (i / 26))));
        string first = Words(0, 200);
        Assert.True(Near(first, Words(0, 190) + " x y z"));
        Assert.False(Near(first, Words(0, 150) + " " + Words(210, 50)));
        Assert.False(Near(first, Words(100, 200)));
    }
}
