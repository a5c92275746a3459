using Jmlr.Query.Questions;

namespace Jmlr.Query.Tests;

public sealed class MultipleChoiceTests
{
    [Theory]
    [InlineData("Which drug?\nA. Ramipril\nB. Atenolol\nC. Doxazosin")]
    [InlineData("Which drug?\nA) Ramipril\nB) Atenolol\nC) Doxazosin")]
    [InlineData("Which drug? (A) Ramipril (B) Atenolol (C) Doxazosin")]
    [InlineData("Which drug? A. Ramipril B. Atenolol C. Doxazosin")]
    [InlineData("Which drug?\nOption A: Ramipril\nOption B: Atenolol\nOption C: Doxazosin")]
    public void Options_are_found_in_the_usual_forms(string text)
    {
        MultipleChoice question = MultipleChoice.Parse(text);
        Assert.Equal("Which drug?", question.Stem);
        Assert.Equal([new("A", "Ramipril"), new("B", "Atenolol"), new("C", "Doxazosin")], question.Options);
    }

    [Theory]
    [InlineData("Is vitamin A. used with vitamin D. in infants?")]
    [InlineData("What is the dose of amoxicillin?")]
    [InlineData("Hepatitis A: who should be vaccinated?")]
    public void A_free_question_has_no_options(string text)
    {
        MultipleChoice question = MultipleChoice.Parse(text);
        Assert.Empty(question.Options);
        Assert.Equal(text, question.Stem);
    }

    [Fact]
    public void What_is_parsed_is_printed_the_same() =>
        Assert.Equal(MultipleChoice.Parse("Which?\nA. One\nB. Two"), MultipleChoice.Parse(MultipleChoice.Parse("Which? (A) One (B) Two").ToString()), Same);

    private static bool Same(MultipleChoice left, MultipleChoice right) => left.Stem == right.Stem && left.Options.SequenceEqual(right.Options);
}
