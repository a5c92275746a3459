using Jmlr.Llm.Execution;

namespace Jmlr.Llm.Memory;

/// <summary>Memory that a model takes, before anything is loaded.</summary>
/// <param name="ContextLength">Tokens of the context.</param>
/// <param name="Weights">Bytes of the repacked weights.</param>
/// <param name="Scratch">Bytes of intermediate results.</param>
/// <param name="KeyValuesPerToken">Bytes of keys and values for one token.</param>
/// <param name="Format">How keys and values are stored.</param>
public sealed record MemoryPlan(int ContextLength, long Weights, long Scratch, long KeyValuesPerToken, KeyValueFormat Format)
{
    /// <summary>Bytes of keys and values for the whole context.</summary>
    public long KeyValues => checked(KeyValuesPerToken * ContextLength);

    /// <summary>Bytes in all.</summary>
    public long Needed => checked(Weights + Scratch + KeyValues);

    /// <summary>The longest context for which <paramref name="available"/> bytes are enough; 0 when the weights alone do not fit.</summary>
    public int LongestContext(long available) => (int)Math.Clamp((available - Weights - Scratch) / Math.Max(KeyValuesPerToken, 1), 0, int.MaxValue);
}
