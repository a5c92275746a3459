namespace Jmlr.Index.Search;

/// <summary>The k largest of a stream of scores, as a heap with the least on top.</summary>
sealed class TopScores
{
    private float[] _heap = [];
    private int _wanted;
    private int _count;

    internal bool IsFull => _count == _wanted;

    /// <summary>The k-th largest so far; minus infinity while there are fewer.</summary>
    internal float Least => IsFull && _count > 0 ? _heap[0] : float.NegativeInfinity;

    internal void Clear(int wanted)
    {
        if (_heap.Length < wanted)
        {
            _heap = new float[wanted];
        }

        _wanted = wanted;
        _count = 0;
    }

    internal void Add(float score)
    {
        if (_count < _wanted)
        {
            int at = _count++;
            for (int parent; at > 0 && _heap[parent = (at - 1) >> 1] > score; at = parent)
            {
                _heap[at] = _heap[parent];
            }

            _heap[at] = score;
        }
        else if (_wanted > 0 && score > _heap[0])
        {
            Sink(score);
        }
    }

    /// <summary>The k-th largest of <paramref name="scores"/>.</summary>
    internal float Threshold(ReadOnlySpan<float> scores, int wanted)
    {
        Clear(wanted);
        foreach (float score in scores)
        {
            Add(score);
        }

        return Least;
    }

    private void Sink(float score)
    {
        int at = 0;
        for (int child; (child = (2 * at) + 1) < _count; at = child)
        {
            child += child + 1 < _count && _heap[child + 1] < _heap[child] ? 1 : 0;
            if (_heap[child] >= score)
            {
                break;
            }

            _heap[at] = _heap[child];
        }

        _heap[at] = score;
    }
}
