using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Prefix;

/// <summary>Keys and values of one block of tokens after all the blocks above it.</summary>
sealed class PrefixBlock(int[] tokens, PrefixBlock? parent, NativeBuffer? data)
{
    /// <summary>The tokens of the block.</summary>
    internal int[] Tokens => tokens;

    /// <summary>The block before it; null for the root.</summary>
    internal PrefixBlock? Parent => parent;

    /// <summary>The stored tiles; null for the root.</summary>
    internal NativeBuffer? Data => data;

    /// <summary>Blocks that follow this one in some prompt.</summary>
    internal List<PrefixBlock> Children { get; } = [];

    /// <summary>When it was last part of a prompt.</summary>
    internal long LastUse { get; set; }

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
