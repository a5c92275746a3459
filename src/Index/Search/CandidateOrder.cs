namespace Jmlr.Index.Search;

/// <summary>The largest of small integer sums in descending order, by counting; equal ones keep their order.</summary>
sealed class CandidateOrder
{
    private int[] _places = []; // by sum: first how many, then where the next one goes
    private int[] _numbers = [];
    private int[] _sums = [];
    private int _count;

    /// <summary>Numbers in the order of their sums.</summary>
    internal ReadOnlySpan<int> Numbers => _numbers.AsSpan(0, _count);

    /// <summary>The sums, descending.</summary>
    internal ReadOnlySpan<int> Sums => _sums.AsSpan(0, _count);

    /// <summary>Keeps the <paramref name="wanted"/> largest, more where sums are equal; none is above <paramref name="most"/> or below 0.</summary>
    internal void Sort(ReadOnlySpan<int> numbers, ReadOnlySpan<int> sums, int wanted, int most)
    {
        if (_places.Length < most + 1)
        {
            _places = new int[most + 1];
        }

        Span<int> places = _places.AsSpan(0, most + 1);
        places.Clear();
        foreach (int sum in sums)
        {
            places[sum]++;
        }

        int least = most + 1;
        for (_count = 0; least > 0 && _count < wanted;)
        {
            int here = places[--least];
            places[least] = _count;
            _count += here;
        }

        if (_numbers.Length < _count)
        {
            _numbers = new int[Math.Max(_count, 2 * _numbers.Length)];
            _sums = new int[_numbers.Length];
        }

        for (int i = 0; i < sums.Length; i++)
        {
            if (sums[i] >= least)
            {
                int place = places[sums[i]]++;
                (_numbers[place], _sums[place]) = (numbers[i], sums[i]);
            }
        }
    }
}
