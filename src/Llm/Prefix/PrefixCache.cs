using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Prefix;

/// <summary>
/// Keys and values of former prompts, as a radix tree over blocks of 16 tokens (the tree of SGLang's RadixAttention, Zheng et al. 2023, with fixed blocks): a
/// prompt that begins like a former one costs a copy for the common part, and the copy has the bits that computing it again would give. Within a budget of bytes;
/// the blocks used longest ago go first, ends before beginnings.
/// </summary>
sealed unsafe class PrefixCache(KeyValueCache cache, long budget) : IDisposable
{
    /// <summary>Tokens of a block: the tile of the live cache.</summary>
    internal const int BlockTokens = FloatKernels.KeyTile;

    private readonly PrefixBlock _root = new([], null, null);
    private readonly List<PrefixBlock> _blocks = [];
    private readonly List<PrefixBlock> _filed = [];
    private PrefixFile? _file;
    private long _clock;
    private bool _changed;

    /// <summary>Bytes held in memory.</summary>
    internal long Bytes => _blocks.Count * cache.TileBytes;

    /// <summary>
    /// Brings the live cache, which holds the first <paramref name="have"/> of <paramref name="tokens"/>, as far along them as whole stored blocks reach;
    /// returns how many it holds then.
    /// </summary>
    internal int Restore(ReadOnlySpan<int> tokens, int have)
    {
        _clock++;
        int at = 0;
        for (PrefixBlock? block = _root.Follow(tokens); block is not null; block = block.Follow(tokens[at..]))
        {
            if (at + BlockTokens > have)
            {
                ReadOnlySpan<byte> tile = block.Tile();
                if (tile.IsEmpty)
                {
                    break;
                }

                fixed (byte* from = tile)
                {
                    cache.TakeTile(at / BlockTokens, from);
                }
            }

            block.LastUse = _clock;

            at += BlockTokens;
        }

        return Math.Max(at, have);
    }

    /// <summary>Stores the whole blocks of <paramref name="tokens"/>, all of which the live cache holds.</summary>
    internal void Keep(ReadOnlySpan<int> tokens)
    {
        _clock++;
        PrefixBlock at = _root;
        for (int start = 0; start + BlockTokens <= tokens.Length; start += BlockTokens)
        {
            PrefixBlock? next = at.Follow(tokens[start..]);
            if (next is null)
            {
                if (Room() is not NativeBuffer data)
                {
                    return;
                }

                cache.CopyTile(start / BlockTokens, data.Pointer);
                next = new PrefixBlock(tokens.Slice(start, BlockTokens).ToArray(), at, data);
                at.Children.Add(next);
                _blocks.Add(next);
                _changed = true;
            }

            next.LastUse = _clock;
            at = next;
        }
    }

    /// <summary>Takes over what a former process wrote; nothing is read before a prompt needs it. Only before anything is kept.</summary>
    internal void Load(string path, string identity)
    {
        _file = PrefixFile.Open(path, identity, cache.TileBytes);
        for (int i = 0; i < _file?.Entries.Count; i++)
        {
            int parent = _file.Entries[i].Parent;
            PrefixBlock block = new(_file, i, parent < 0 ? _root : _filed[parent]) { LastUse = -i };
            block.Parent!.Children.Add(block);
            _filed.Add(block);
        }
    }

    /// <summary>Writes the blocks used last, at most <paramref name="mostBytes"/> of them, unless the file holds all there is.</summary>
    internal void Save(string path, string identity, long mostBytes)
    {
        if (!_changed)
        {
            return;
        }

        // A block is never older than those that follow it, so a parent comes first.
        PrefixBlock[] all = [.. _filed.Concat(_blocks).Where(block => !block.Tile().IsEmpty).OrderByDescending(block => block.LastUse).ThenBy(Depth)];
        var whole = new HashSet<PrefixBlock> { _root };
        PrefixBlock[] kept = [.. all.Where(block => whole.Contains(block.Parent!) && whole.Add(block)).Take((int)Math.Min(mostBytes / cache.TileBytes, int.MaxValue))];
        PrefixFile.Write(path, identity, checked((int)cache.TileBytes), kept);
        _changed = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks.ForEach(block => block.Data!.Dispose());
        _blocks.Clear();
        _filed.Clear();
        _file?.Dispose();
        _root.Children.Clear();
    }

    private static int Depth(PrefixBlock block)
    {
        int depth = 0;
        for (PrefixBlock? at = block.Parent; at is not null; at = at.Parent)
        {
            depth++;
        }

        return depth;
    }

    // Memory for one more block: new, or that of the block whose use lies furthest back. Blocks of the prompt being stored stay.
    private NativeBuffer? Room()
    {
        if (Bytes + cache.TileBytes <= budget)
        {
            return new NativeBuffer(cache.TileBytes, clear: false);
        }

        PrefixBlock? oldest = null;
        foreach (PrefixBlock block in _blocks)
        {
            if (block.Children.Count == 0 && block.LastUse < (oldest?.LastUse ?? _clock))
            {
                oldest = block;
            }
        }

        if (oldest is null)
        {
            return null;
        }

        oldest.Parent!.Children.Remove(oldest);
        _blocks.Remove(oldest);
        return oldest.Data;
    }
}
