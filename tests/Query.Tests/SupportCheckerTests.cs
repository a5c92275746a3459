using Jmlr.Ingest.Documents;
using Jmlr.Query.Support;
using Jmlr.Query.Text;

namespace Jmlr.Query.Tests;

public sealed class SupportCheckerTests
{
    private const string Kidney =
        "In adults with hypertension and chronic kidney disease, start an ACE inhibitor or an angiotensin receptor blocker (Grade A). "
        + "Offer a statin to lower cardiovascular risk. Do not combine an ACE inhibitor with an angiotensin receptor blocker. "
        + "Ramipril starts at 2.5 mg once daily; check potassium after two weeks. Prefer amlodipine over nifedipine in older adults.";

    [Theory]
    [InlineData("Start an ACE inhibitor or an angiotensin receptor blocker in adults with hypertension and chronic kidney disease.")]
    [InlineData("For adults with hypertension and chronic kidney disease, an ACE inhibitor is recommended.")]
    [InlineData("Ramipril is started at 2.5 mg once daily.")]
    [InlineData("An ACE inhibitor must not be combined with an angiotensin receptor blocker.")]
    [InlineData("Potassium should be checked after 2 weeks with ramipril.")]
    [InlineData("Amlodipine is preferred over nifedipine in older adults.")]
    public void A_restatement_of_the_passage_is_supported(string statement) => Assert.Null(Check(statement).Reason);

    [Theory]
    [InlineData("A statin is recommended for hypertension with chronic kidney disease.")] // both named, in different sentences
    [InlineData("Start losartan in adults with hypertension and chronic kidney disease.")] // a drug that is not there
    [InlineData("Ramipril starts at 25 mg once daily.")] // another dose
    [InlineData("Ramipril starts at 2.5 mg; check potassium after 6 weeks.")] // another interval
    [InlineData("Ramipril starts at 2.5 micrograms once daily.")] // another unit
    [InlineData("Ramipril starts at 2.5 mg/kg once daily.")]
    [InlineData("Ramipril starts at 2.5 mg; check potassium after two months.")]
    [InlineData("Ramipril starts at 2.5 mg once daily by injection; check potassium after two weeks.")] // nine tenths of it are there
    [InlineData("Combine an ACE inhibitor with an angiotensin receptor blocker.")] // the opposite
    [InlineData("Do not start an ACE inhibitor in adults with hypertension and chronic kidney disease.")] // the opposite
    [InlineData("Prefer nifedipine over amlodipine in older adults.")] // the other way round
    [InlineData("Aspirin is good.")] // says nothing that can be checked
    public void An_invention_is_refused_with_a_reason(string statement)
    {
        SupportVerdict verdict = Check(statement);
        Assert.False(verdict.Supported);
        Assert.NotNull(verdict.Reason);
    }

    [Theory]
    [InlineData("2.5 mg once", "mg")]
    [InlineData("2.5mg", "mg")]
    [InlineData("30 mL/kg", "ml/kg")]
    [InlineData("30 millilitres per kilogram", "ml/kg")]
    [InlineData("5 micrograms/min", "ug/min")]
    [InlineData("0.9% saline", "%")]
    [InlineData("2 weeks", "week")]
    [InlineData("2-week course", "week")]
    [InlineData("39.1 °C", "°c")]
    [InlineData("3 people", null)]
    [InlineData("7", null)]
    public void A_number_has_the_unit_behind_it(string text, string? unit) => Assert.Equal(unit, TermScanner.Scan(text)[0].Unit);

    [Fact]
    public void The_evidence_is_the_sentence_that_says_it()
    {
        SupportVerdict verdict = Check("Ramipril is started at 2.5 mg once daily.");
        Assert.StartsWith("Ramipril starts at 2.5 mg", Kidney[verdict.Evidence.Start..verdict.Evidence.End], StringComparison.Ordinal);
    }

    private static SupportVerdict Check(string statement) => SupportChecker.Check(statement, new Passage
    {
        Id = new PassageId(new DocumentKey("test", "kidney"), new DocumentVersion("000000000000", null), 0),
        Title = "Kidney disease",
        HeadingPath = ["Recommendations"],
        Text = Kidney,
        Span = new CharSpan(0, Kidney.Length),
    });
}
