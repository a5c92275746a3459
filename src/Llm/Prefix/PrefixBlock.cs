using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Prefix;

/// <summary>Keys and values of one block of tokens after all the blocks above it: in memory, or in a file.</summary>
sealed unsafe class PrefixBlock
{
    private readonly PrefixFile? _file;
    private readonly int _place;

    /// <summary>A block in memory; the root has neither tokens nor data.</summary>
    internal PrefixBlock(int[] tokens, PrefixBlock? parent, NativeBuffer? data) => (Tokens, Parent, Data) = (tokens, parent, data);

    /// <summary>Block <paramref name="place"/> of a file.</summary>
    internal PrefixBlock(PrefixFile file, int place, PrefixBlock parent) => (_file, _place, Tokens, Parent) = (file, place, file.Entries[place].Tokens, parent);

    /// <summary>The tokens of the block.</summary>
    internal int[] Tokens { get; }

    /// <summary>The block before it; null for the root.</summary>
    internal PrefixBlock? Parent { get; }

    /// <summary>The tile in memory; null for the root and for a block of a file.</summary>
    internal NativeBuffer? Data { get; }

    /// <summary>Blocks that follow this one in some prompt.</summary>
    internal List<PrefixBlock> Children { get; } = [];

    /// <summary>When it was last part of a prompt.</summary>
    internal long LastUse { get; set; }

    /// <summary>The stored tile; nothing when the file is damaged there.</summary>
    internal ReadOnlySpan<byte> Tile() => Data is NativeBuffer data ? new ReadOnlySpan<byte>(data.Pointer, (int)data.Length) : _file!.Tile(_place);

    /// <summary>The child that holds the first tokens of <paramref name="next"/>, or null.</summary>
    internal PrefixBlock? Follow(ReadOnlySpan<int> next)
    {
        foreach (PrefixBlock child in Children)
        {
            if (next.StartsWith(child.Tokens))
            {
                return child;
            }
        }

        return null;
    }
}
