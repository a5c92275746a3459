using Jmlr.Llm.Configuration;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Execution;

/// <summary>Cosines and sines of the rotary embedding for the tokens of a chunk, computed once for all layers.</summary>
sealed unsafe class RotaryAngles : IDisposable
{
    private readonly float[] _frequencies;
    private readonly NativeBuffer _table; // cosines, then sines [tokens, half]
    private readonly float* _cosines, _sines;

    /// <summary>Room for <paramref name="mostTokens"/> tokens.</summary>
    internal RotaryAngles(LlamaConfiguration configuration, int mostTokens)
    {
        _frequencies = RotaryFrequencies.Of(configuration);
        long angles = (long)mostTokens * Half;
        _table = new NativeBuffer(2 * angles * sizeof(float), clear: false);
        _cosines = (float*)_table.Pointer;
        _sines = _cosines + angles;
    }

    /// <summary>Half of a head: angles of a token.</summary>
    internal int Half => _frequencies.Length;

    /// <summary>Position of the first token.</summary>
    internal int Position { get; private set; }

    /// <summary>Tokens of the chunk.</summary>
    internal int Tokens { get; private set; }

    /// <summary>Computes the angles of <paramref name="tokens"/> tokens from <paramref name="position"/> on.</summary>
    internal void Prepare(int position, int tokens)
    {
        (Position, Tokens) = (position, tokens);
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 0; i < Half; i++)
            {
                // The angle is an fp32 product, as in the reference.
                (double sin, double cos) = Math.SinCos((position + t) * _frequencies[i]);
                _cosines[(t * Half) + i] = (float)cos;
                _sines[(t * Half) + i] = (float)sin;
            }
        }
    }

    /// <summary>Cosines [half] of token <paramref name="token"/> of the chunk.</summary>
    internal float* Cosines(int token) => _cosines + ((long)token * Half);

    /// <summary>Sines [half] of token <paramref name="token"/> of the chunk.</summary>
    internal float* Sines(int token) => _sines + ((long)token * Half);

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();
}
