using Jmlr.Llm.Execution;

namespace Jmlr.Llm.Kernels;

/// <summary>Keys or values as the cache holds them: tiles of 16 tokens, one behind the other.</summary>
/// <param name="first">First byte of the first tile.</param>
/// <param name="tileBytes">Bytes from one tile to the next.</param>
/// <param name="format">How they are stored.</param>
/// <param name="ahead">Tiles of the same size that are wanted next: the kernels ask memory for them as they walk.</param>
readonly unsafe struct StoredTiles(byte* first, long tileBytes, KeyValueFormat format, byte* ahead)
{
    internal byte* First => first;

    internal long TileBytes => tileBytes;

    internal KeyValueFormat Format => format;

    internal byte* Ahead => ahead;
}
