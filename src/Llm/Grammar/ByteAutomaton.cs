namespace Jmlr.Llm.Grammar;

/// <summary>
/// A regular language over bytes: a non-deterministic automaton, put together from pieces, that is made deterministic as it is walked. From every state that can
/// be reached the end can be reached, so a text that was let through so far can always be completed.
/// </summary>
sealed class ByteAutomaton
{
    /// <summary>The state of texts that nothing can complete.</summary>
    internal const int Dead = -1;

    private const int Unknown = -2;
    private const int MostStates = 200_000;
    private readonly List<List<int>> _free = []; // per state: states that cost no byte
    private readonly List<List<(byte Low, byte High, int To)>> _steps = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly List<(int[] States, int[] Next)> _sets = [];
    private int _end;

    /// <summary>A part of the automaton with one way in and one way out.</summary>
    internal readonly record struct Piece(int In, int Out);

    /// <summary>First state of a walk.</summary>
    internal int Start { get; private set; }

    /// <summary>The language is that of <paramref name="piece"/>.</summary>
    internal void Finish(Piece piece)
    {
        _end = piece.Out;
        Start = SetOf([piece.In]);
    }

    /// <summary>State after one more byte, or <see cref="Dead"/>.</summary>
    internal int Next(int state, byte value)
    {
        int next = _sets[state].Next[value];
        if (next == Unknown)
        {
            HashSet<int> reached = [];
            foreach (int from in _sets[state].States)
            {
                foreach ((byte low, byte high, int to) in _steps[from])
                {
                    if (value >= low && value <= high)
                    {
                        reached.Add(to);
                    }
                }
            }

            next = reached.Count == 0 ? Dead : SetOf(reached);
            _sets[state].Next[value] = next;
        }

        return next;
    }

    /// <summary>Whether the text may end here.</summary>
    internal bool MayEnd(int state) => Array.BinarySearch(_sets[state].States, _end) >= 0;

    /// <summary>Whether the text must end here.</summary>
    internal bool MustEnd(int state) => MayEnd(state) && _sets[state].States.All(from => _steps[from].Count == 0);

    /// <summary>The bytes as they are.</summary>
    internal Piece Literal(ReadOnlySpan<byte> bytes)
    {
        int first = New(), at = first;
        foreach (byte value in bytes)
        {
            int next = New();
            _steps[at].Add((value, value, next));
            at = next;
        }

        return new Piece(first, at);
    }

    /// <summary>One byte from <paramref name="low"/> to <paramref name="high"/>.</summary>
    internal Piece Range(byte low, byte high)
    {
        Piece piece = new(New(), New());
        _steps[piece.In].Add((low, high, piece.Out));
        return piece;
    }

    /// <summary>One after the other.</summary>
    internal Piece Sequence(params ReadOnlySpan<Piece> pieces)
    {
        for (int i = 1; i < pieces.Length; i++)
        {
            _free[pieces[i - 1].Out].Add(pieces[i].In);
        }

        return new Piece(pieces[0].In, pieces[^1].Out);
    }

    /// <summary>One of several.</summary>
    internal Piece Choice(params ReadOnlySpan<Piece> pieces)
    {
        Piece whole = new(New(), New());
        foreach (Piece piece in pieces)
        {
            _free[whole.In].Add(piece.In);
            _free[piece.Out].Add(whole.Out);
        }

        return whole;
    }

    /// <summary>The piece or nothing.</summary>
    internal Piece Optional(Piece piece) => Choice(piece, Literal([]));

    /// <summary>Between <paramref name="least"/> and <paramref name="most"/> pieces, each made anew.</summary>
    internal Piece Repeat(Func<Piece> make, int least, int most)
    {
        int at = New();
        Piece whole = new(at, New());
        for (int i = 0; i < most; i++)
        {
            if (i >= least)
            {
                _free[at].Add(whole.Out);
            }

            Piece piece = make();
            _free[at].Add(piece.In);
            at = piece.Out;
        }

        _free[at].Add(whole.Out);
        return whole;
    }

    private int New()
    {
        if (_free.Count >= MostStates)
        {
            Throw.Usage($"the schema allows too many texts: its automaton has more than {MostStates} states; use smaller maxLength, maxItems or ranges");
        }

        _free.Add([]);
        _steps.Add([]);
        return _free.Count - 1;
    }

    private int SetOf(IEnumerable<int> states)
    {
        HashSet<int> closure = [];
        Stack<int> open = new(states);
        while (open.TryPop(out int state))
        {
            if (closure.Add(state))
            {
                _free[state].ForEach(open.Push);
            }
        }

        // States without steps matter only when they are the end.
        int[] sorted = [.. closure.Where(state => state == _end || _steps[state].Count > 0).Order()];
        string key = string.Join(',', sorted);
        if (!_known.TryGetValue(key, out int set))
        {
            int[] next = new int[256];
            Array.Fill(next, Unknown);
            _known[key] = set = _sets.Count;
            _sets.Add((sorted, next));
        }

        return set;
    }
}
