using Jmlr.Index.Search;

namespace Jmlr.Index.Tests.Search;

public sealed class StopRuleTests
{
    [Fact]
    public void It_goes_on_until_the_list_is_full_and_the_next_ones_lie_far_below()
    {
        var rule = new StopRule();
        rule.Begin(10);
        for (int i = 0; i < 9; i++)
        {
            rule.Add(20 - i, 21 - i);
        }

        Assert.False(rule.IsOver(-100)); // nine of ten
        rule.Add(11, 12);
        Assert.False(rule.IsOver(11)); // all lay 1 above, so this would be the tenth
        Assert.True(rule.IsOver(10.9f));
        rule.Begin(1);
        Assert.False(rule.IsOver(-100)); // nothing of the former query
    }

    [Fact]
    public void The_more_scores_stray_from_approximations_the_longer_it_goes_on()
    {
        float Reach(float stray)
        {
            var rule = new StopRule();
            rule.Begin(10);
            for (int i = 0; i < 200; i++)
            {
                rule.Add(20 - (0.05f * i), 21 - (0.05f * i) + ((i % 2 == 0) ? stray : -stray));
            }

            return Enumerable.Range(0, 2000).Select(i => 20 - (0.05f * i)).First(rule.IsOver);
        }

        Assert.True(Reach(1) < Reach(0.5f));
        Assert.True(Reach(0.5f) < Reach(0.1f));
    }
}
