using Jmlr.Llm.Configuration;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;
using Jmlr.Llm.Threading;
using Jmlr.Llm.Weights;
using Jmlr.Models.Errors;
using Jmlr.Models.Torch;

namespace Jmlr.Llm.Prefill;

/// <summary>
/// Who multiplies the next tokens of a prompt: the matrix units where they are faster for so many (<see cref="LongPromptChoice"/>), there is libtorch, and there is memory
/// for a widened panel. Everything is made when the first long prompt comes; <c>start</c> loads libtorch.
/// </summary>
sealed class LongPrompts(LongPromptPath path, LlamaConfiguration configuration, LlamaWeights weights, ThreadTeam team, InstructionSet set, Action<int>? start = null) : IDisposable
{
    /// <summary>Most tokens that are multiplied together: widening a matrix costs as much as multiplying some dozens of tokens, and most prompts are one chunk.</summary>
    internal const int ChunkTokens = 2048;

    /// <summary>Fewer are never worth it.</summary>
    internal const int FewestTokens = 256;

    private int? _threshold;
    private string? _refusal;
    private LongPromptPass? _pass;
    private int _longest = ChunkTokens; // keys and values for which there is memory

    /// <summary>How many of <paramref name="tokens"/> tokens come next: chunks are equal, so that none is too short for its attention to pay.</summary>
    internal static int NextChunk(int tokens)
    {
        int chunks = (tokens + ChunkTokens - 1) / ChunkTokens;
        return (tokens + chunks - 1) / chunks;
    }

    /// <summary>Who runs the next of <paramref name="tokens"/> tokens behind <paramref name="position"/> others, at most <see cref="ChunkTokens"/> of them; null for the kernels over tiles.</summary>
    internal LongPromptPass? For(int tokens, int position = 0)
    {
        if (path == LongPromptPath.Tiles || tokens < FewestTokens || _refusal is not null)
        {
            return null;
        }

        try
        {
            // A kept answer is read before libtorch is loaded.
            _threshold ??= path == LongPromptPath.MatrixUnits ? FewestTokens : LongPromptChoice.Threshold(weights.Blocks[0].Gate.Format, team, set);
            return tokens < _threshold || !HasRoom(position + Math.Min(tokens, ChunkTokens)) ? null : _pass ??= Create();
        }
        catch (JmlrOperationException error)
        {
            _refusal = error.Message;
            return null;
        }
    }

    /// <summary>In words, for reports.</summary>
    internal string Describe() =>
        path == LongPromptPath.Tiles ? "int8 tiles"
        : _refusal is not null ? $"int8 tiles ({_refusal})"
        : _threshold is not int from ? "not decided yet"
        : from == LongPromptChoice.Never ? "int8 tiles, measured faster"
        : $"bf16 through libtorch from {from} tokens on";

    /// <inheritdoc/>
    public void Dispose() => _pass?.Dispose();

    // Keys and values are laid out anew for the units: those of a very long context may be too many, and the tiles read the cache as it is.
    private bool HasRoom(int length)
    {
        if (length > _longest && PromptAttention.Measure(configuration, team.Size, ChunkTokens, length) <= MemoryCheck.Available())
        {
            _longest = length;
        }

        return length <= _longest;
    }

    private LongPromptPass? Create()
    {
        (start ?? TorchRuntime.Start)(team.Size);
        long needed = LongPromptPass.Measure(configuration, weights, team.Size, ChunkTokens, ChunkTokens);
        if (needed > MemoryCheck.Available())
        {
            _refusal = $"bf16 needs {needed >> 20} MiB more memory";
            return null;
        }

        return new LongPromptPass(configuration, weights, team, set.Floats, ChunkTokens);
    }
}
