using Jmlr.Query.Questions;

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
    public void A_question_for_a_number_is_recognised_by_what_it_asks_last(string question, bool expected) => Assert.Equal(expected, QuantityQuestion.Is(question));
}
