using Jmlr.Query.Questions;
using Jmlr.Query.Text;

namespace Jmlr.Query.Tests;

public sealed class QuantityQuestionTests
{
    [Theory]
    [InlineData("How long should antibiotics be given for pneumonia?", true)]
    [InlineData("What is the blood pressure target in people over 80 years?", true)]
    [InlineData("adrenaline dose for anaphylaxis in adults", true)]
    [InlineData("A man took a high dose of ibuprofen for how long nobody knows. What is the best next step?", false)]
    [InlineData("Which drug is given first in anaphylaxis?", false)]
    [InlineData("", false)]
    public void A_question_for_a_number_is_recognised_by_what_it_asks_last(string question, bool expected) => Assert.Equal(expected, QuantityQuestion.Answer(question) is not null);

    [Theory]
    [InlineData("What is the dose of adrenaline in adults with anaphylaxis?", "500 micrograms", true)]
    [InlineData("adrenaline dose for anaphylaxis in adults", "10 mL/kg", true)]
    [InlineData("What is the dose of salbutamol?", "2 puffs", true)]
    [InlineData("What is the dose of adrenaline in adults with anaphylaxis?", "30 minutes", false)]
    [InlineData("What is the dose of adrenaline in adults with anaphylaxis?", "5 of them", false)]
    [InlineData("What is the blood pressure target in people over 80 years?", "150/90 mmHg", true)]
    [InlineData("What is the blood pressure target in people over 80 years?", "65 years", false)]
    [InlineData("How long should antibiotics be given for pneumonia?", "5 days", true)]
    [InlineData("Which drug is given first in anaphylaxis?", "500 micrograms", false)]
    public void A_number_answers_by_its_unit(string question, string number, bool expected) =>
        Assert.Equal(expected, QuantityQuestion.Answer(question) is Predicate<string?> answers && TermScanner.Scan(number).Exists(term => term.Kind == TermKind.Number && answers(term.Unit)));
}
