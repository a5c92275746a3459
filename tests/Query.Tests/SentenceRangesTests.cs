using Jmlr.Query.Text;

namespace Jmlr.Query.Tests;

public sealed class SentenceRangesTests
{
    [Theory]
    [InlineData("Give oxygen. Call for help!", "Give oxygen.|Call for help!")]
    [InlineData("- Give 0.5 mg. (Grade A)\n- Do not wait.", "Give 0.5 mg. (Grade A)|Do not wait.")]
    [InlineData("Avoid NSAIDs, e.g. ibuprofen, in CKD. Check K+ at 1–2 weeks.", "Avoid NSAIDs, e.g. ibuprofen, in CKD.|Check K+ at 1–2 weeks.")]
    [InlineData("Target is < 130/80 mmHg (see table.) Then review.", "Target is < 130/80 mmHg (see table.)|Then review.")]
    [InlineData("Drug: ramipril; Dose: 2.5 mg\nDrug: enalapril; Dose: 5 mg", "Drug: ramipril; Dose: 2.5 mg|Drug: enalapril; Dose: 5 mg")]
    [InlineData("\n \n", "")]
    public void Sentences_lines_and_grades(string text, string expected) =>
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), SentenceRanges.Of(text).Select(range => text[range.Start..range.End]));
}
