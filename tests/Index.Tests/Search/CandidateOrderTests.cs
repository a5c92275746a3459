using Jmlr.Index.Search;

namespace Jmlr.Index.Tests.Search;

public sealed class CandidateOrderTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 1)]
    [InlineData(50, 7)]
    [InlineData(500, 120)]
    [InlineData(500, 1000)]
    public void The_largest_come_first_and_equal_ones_in_their_order(int count, int wanted)
    {
        const int most = 40;
        var random = new Random(count);
        int[] numbers = [.. Enumerable.Range(0, count).Select(i => 3 * i)], sums = [.. numbers.Select(_ => random.Next(most + 1))];
        var order = new CandidateOrder();
        order.Sort([1, 2, 3], [most, 0, 5], 3, most); // what was there before leaves no trace
        order.Sort(numbers, sums, wanted, most);

        (int Number, int Sum)[] all = [.. numbers.Zip(sums).OrderByDescending(pair => pair.Second)];
        int least = count > wanted ? all[wanted - 1].Sum : 0;
        Assert.Equal(all.Where(pair => pair.Sum >= least), order.Numbers.ToArray().Zip(order.Sums.ToArray()));
    }
}
