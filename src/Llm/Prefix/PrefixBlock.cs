namespace Jmlr.Llm.Prefix;

/// <summary>A page of tokens after all the pages above it: in memory, in a file, or both. Only a full page has children.</summary>
sealed class PrefixBlock
{
    /// <summary>Says that there is no page, or no place in a file.</summary>
    internal const int None = -1;

    /// <summary>A block of <paramref name="tokens"/>; the root has neither tokens nor parent.</summary>
    internal PrefixBlock(int[] tokens, PrefixBlock? parent) => (Tokens, Parent) = (tokens, parent);

    /// <summary>The tokens of the block.</summary>
    internal int[] Tokens { get; set; }

    /// <summary>The block before it; null for the root.</summary>
    internal PrefixBlock? Parent { get; }

    /// <summary>The page in memory, or <see cref="None"/>.</summary>
    internal int Page { get; set; } = None;

    /// <summary>Its number in the file that a former process wrote, or <see cref="None"/>.</summary>
    internal int Place { get; set; } = None;

    /// <summary>Blocks that follow this one in some prompt.</summary>
    internal List<PrefixBlock> Children { get; } = [];

    /// <summary>When it was last part of a prompt.</summary>
    internal long LastUse { get; set; }

    /// <summary>The child that shares the most first tokens with <paramref name="next"/>, and how many; null when none shares any.</summary>
    internal (PrefixBlock? Child, int Common) Closest(ReadOnlySpan<int> next)
    {
        (PrefixBlock? Child, int Common) best = default;
        foreach (PrefixBlock child in Children)
        {
            int common = next.CommonPrefixLength(child.Tokens);
            best = common > best.Common ? (child, common) : best;
        }

        return best;
    }
}
