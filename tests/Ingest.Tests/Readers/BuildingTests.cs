using System.Text;
using Jmlr.Ingest.Readers.Building;

namespace Jmlr.Ingest.Tests.Readers;

public class BuildingTests
{
    [Theory]
    [InlineData("Give aspirin (Grade A).", "A")]
    [InlineData("Give aspirin. Grade: B", "B")]
    [InlineData("Grade of Recommendation: C", "C")]
    [InlineData("Use it [Strong recommendation].", "Strong")]
    [InlineData("Use it (strong recommendation, low quality evidence)", "Strong")]
    [InlineData("Use it (Conditional recommendation, moderate level of evidence)", "Conditional")]
    [InlineData("Use it (strong, moderate)", "Strong")]
    [InlineData("Use it (Weak For)", "Weak")]
    [InlineData("Use it (1B)", "1B")]
    [InlineData("Use it (Grade 2C)", "2C")]
    [InlineData("Do it. Class I, Level A", null)]
    [InlineData("Class I, Level A", "Class I, Level A")]
    [InlineData("Do it (Class IIa, Level of Evidence: B)", "Class IIa, Level B")]
    [InlineData("Do it (Grade C; BEL 3)", "C")]
    [InlineData("Do it (Level B)", "Level B")]
    [InlineData("Do it (Strength of Evidence = C; Strength of Recommendation = Weak positive recommendation)", "Weak")]
    [InlineData("Evidence (Level of Evidence: C)", null)]
    [InlineData("(grade A, B, or C)", null)]
    [InlineData("(Class I-III)", null)]
    [InlineData("(Strong, Weak)", null)]
    [InlineData("(i.e., \"strong,\" \"moderate,\" or \"weak\")", null)]
    [InlineData("a third grade teacher (Grade school)", null)]
    [InlineData("Vitamin A (B12)", null)]
    public void Grades_are_found_and_scales_are_not(string text, string? grade) => Assert.Equal(grade, GradeDetector.Find(text));

    [Theory]
    [InlineData("Grade: B", true)]
    [InlineData("(Grade A)", true)]
    [InlineData("[Strong recommendation; low-quality evidence]", true)]
    [InlineData("Class I, Level A", true)]
    [InlineData("Give aspirin (Grade A)", false)]
    [InlineData("Level of detail in this document", false)]
    public void Text_that_is_only_a_grade_is_told_apart(string text, bool expected) => Assert.Equal(expected, GradeDetector.IsGradeOnly(text));

    [Theory]
    [InlineData("2001 Jun (revised 2008 Jul; reaffirmed 2013 Jul)", "2013-07-01")]
    [InlineData("2001 Jun (revised 2008 Jul)", "2008-07-01")]
    [InlineData("2009 Mar-Apr", "2009-04-01")]
    [InlineData("2007 (revised 2011 Oct 15)", "2011-10-15")]
    [InlineData("2010 June 15", "2010-06-15")]
    [InlineData("2012 Sept 3", "2012-09-03")]
    [InlineData("1999", "1999-01-01")]
    [InlineData("26 November 2001", "2001-11-26")]
    [InlineData("November 26th, 2001", "2001-11-26")]
    [InlineData("July 2013", "2013-07-01")]
    [InlineData("2021-03-04T10:00:00Z", "2021-03-04")]
    [InlineData("2021/3/4", "2021-03-04")]
    [InlineData("2021-02-31", null)]
    [InlineData("no date", null)]
    public void Dates_in_free_text(string text, string? date) =>
        Assert.Equal(date, DateText.Latest(text)?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("a \t\r\n\u00A0 b", "a b")]
    [InlineData("red \e[31mtext\e[0m and \e]0;title\a more", "red text and more")]
    [InlineData("zero\u200Bwidth soft\u00ADhyphen \u202Eoverride", "zerowidth softhyphen override")]
    [InlineData("nul\0 bell\a", "nul bell")]
    [InlineData("fine 😀 pair", "fine 😀 pair")]
    [InlineData("\e", "")]
    public void Canonical_text_has_no_control_characters(string text, string expected) => Assert.Equal(expected, CanonicalText.Of(text));

    /// <summary>Stretches of ASCII are taken at once, the rest one by one: what is read in two calls, cut anywhere, is what is read in one.</summary>
    [Theory]
    [InlineData("two  words   and\u00A0 \t more ")]
    [InlineData("  é  and – this\u200B one\r\n")]
    [InlineData("a\u2009 b\u00AD c 😀  d")]
    public void Running_text_comes_in_any_pieces(string text)
    {
        StringBuilder whole = new(), single = new();
        int spaces = CanonicalText.Append(whole, text);
        Assert.Equal(whole.ToString().Count(static c => c == ' '), spaces);
        Assert.DoesNotContain("  ", whole.ToString(), StringComparison.Ordinal);
        foreach (Rune rune in text.EnumerateRunes())
        {
            CanonicalText.Append(single, rune.ToString());
        }

        Assert.Equal(single.ToString(), whole.ToString());
        Assert.Equal(whole.ToString().Trim(), CanonicalText.Of(text));
    }

    [Fact]
    public void Lone_surrogates_are_replaced() => Assert.Equal("lone \uFFFD high, \uFFFD low", CanonicalText.Of("lone \ud800 high, \udc00 low"));

    [Theory]
    [InlineData("guides/Heart failure.html", "guides/Heart-failure")]
    [InlineData("notes.v2.md", "notes.v2")]
    [InlineData("data.jsonl", "data.jsonl")]
    public void Keys_are_made_from_paths(string path, string key) => Assert.Equal(key, KeyText.OfPath(path));

    [Fact]
    public void Names_that_had_to_change_stay_apart()
    {
        Assert.NotEqual(KeyText.Clean("a@b", false), KeyText.Clean("a#b", false));
        Assert.DoesNotContain('@', KeyText.Clean("a@b", false));
        Assert.InRange(KeyText.Clean(new string('x', 5000), false).Length, 1, 220);
    }
}
