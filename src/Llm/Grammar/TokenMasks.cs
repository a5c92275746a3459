using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Grammar;

/// <summary>
/// Which tokens of a vocabulary may come in a state of an automaton; found once per state. Tokens are walked in the order of their bytes, so that a beginning that
/// leads nowhere is met once for all the tokens that share it.
/// </summary>
sealed class TokenMasks
{
    private readonly ByteAutomaton _automaton;
    private readonly byte[][] _bytes; // by id
    private readonly int[] _order;
    private readonly Dictionary<int, bool[]> _masks = [];

    internal TokenMasks(ByteAutomaton automaton, IGeneratorTokenizer tokenizer)
    {
        (_automaton, Tokenizer) = (automaton, tokenizer);
        _bytes = new byte[tokenizer.VocabularySize][];
        for (int id = 0; id < _bytes.Length; id++)
        {
            _bytes[id] = tokenizer.TokenBytes(id).ToArray();
        }

        _order = [.. Enumerable.Range(0, _bytes.Length).Where(id => _bytes[id].Length > 0 && !tokenizer.EndIds.Contains(id))];
        Array.Sort(_order, (a, b) => _bytes[a].AsSpan().SequenceCompareTo(_bytes[b]));
    }

    /// <summary>The vocabulary.</summary>
    internal IGeneratorTokenizer Tokenizer { get; }

    /// <summary>By id: whether the token leaves a text that can be completed. End tokens are allowed where the text may end.</summary>
    internal bool[] Of(int state)
    {
        if (!_masks.TryGetValue(state, out bool[]? mask))
        {
            _masks[state] = mask = Walk(state);
        }

        return mask;
    }

    /// <summary>The state after a token.</summary>
    internal int After(int state, int token)
    {
        foreach (byte value in _bytes[token])
        {
            state = _automaton.Next(state, value);
        }

        return state;
    }

    private bool[] Walk(int start)
    {
        bool[] mask = new bool[_bytes.Length];
        List<int> states = [start]; // after each byte of the last token, as far as it led
        byte[] last = [];
        foreach (int id in _order)
        {
            byte[] bytes = _bytes[id];
            int common = bytes.AsSpan().CommonPrefixLength(last);
            last = bytes;
            if (common >= states.Count)
            {
                continue; // shares the beginning that led nowhere
            }

            states.RemoveRange(common + 1, states.Count - common - 1);
            while (states.Count <= bytes.Length)
            {
                int next = _automaton.Next(states[^1], bytes[states.Count - 1]);
                if (next == ByteAutomaton.Dead)
                {
                    break;
                }

                states.Add(next);
            }

            mask[id] = states.Count == bytes.Length + 1;
        }

        foreach (int id in Tokenizer.EndIds)
        {
            mask[id] = _automaton.MayEnd(start);
        }

        return mask;
    }
}
