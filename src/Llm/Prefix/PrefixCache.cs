using Jmlr.Llm.Execution;

namespace Jmlr.Llm.Prefix;

/// <summary>
/// Keys and values of former prompts, as a radix tree over pages of 64 tokens (the tree of SGLang's RadixAttention, Zheng et al. 2023, with fixed pages). Tree and
/// live cache hold the same pages, so neither keeping a prompt nor beginning like a former one copies anything; where a prompt leaves a former one within a page, the
/// live cache copies that page before it writes. The bits are those that computing them again would give. Within a budget of bytes; the pages used longest ago go
/// first, ends before beginnings.
/// </summary>
sealed unsafe class PrefixCache(KeyValueCache cache, long budget) : IDisposable
{
    private const int PageTokens = KeyValueCache.PageTokens;
    private readonly PrefixBlock _root = new([], null);
    private readonly List<PrefixBlock> _blocks = [];
    private PrefixFile? _file;
    private int _held;
    private long _clock;
    private bool _changed;

    /// <summary>Bytes held in memory, those that the live cache holds too included.</summary>
    internal long Bytes => _held * cache.Pages.PageBytes;

    /// <summary>
    /// Brings the live cache, which holds the first <paramref name="have"/> of <paramref name="tokens"/>, as far along them as stored pages reach;
    /// returns how many it holds then.
    /// </summary>
    internal int Restore(ReadOnlySpan<int> tokens, int have)
    {
        _clock++;
        PrefixBlock block = _root;
        for (int at = 0; at < tokens.Length; at += PageTokens)
        {
            (PrefixBlock? next, int common) = block.Closest(tokens[at..]);
            if (next is null)
            {
                break;
            }

            next.LastUse = _clock;
            if (at + common > have)
            {
                if (!Fetch(next))
                {
                    break;
                }

                cache.Share(at / PageTokens, next.Page, common);
                have = at + common;
            }

            if (common < PageTokens)
            {
                break;
            }

            block = next;
        }

        return have;
    }

    /// <summary>Keeps the pages of <paramref name="tokens"/>, all of which the live cache holds.</summary>
    internal void Keep(ReadOnlySpan<int> tokens)
    {
        _clock++;
        PrefixBlock at = _root;
        for (int start = 0; start < tokens.Length; start += PageTokens)
        {
            ReadOnlySpan<int> own = tokens.Slice(start, Math.Min(PageTokens, tokens.Length - start));
            (PrefixBlock? next, int common) = at.Closest(own);
            if (next is null || common < own.Length)
            {
                // A block that the prompt goes on from within its page grows; otherwise the two stand side by side.
                bool grows = next is not null && common == next.Tokens.Length;
                if (!(grows && next!.Page != PrefixBlock.None) && !HasRoom())
                {
                    return;
                }

                next = grows ? next! : Add([], at);
                next.Tokens = own.ToArray();
                next.Place = PrefixBlock.None;
                int page = cache.Page(start / PageTokens);
                cache.Pages.Share(page);
                Hold(next, page);
                _changed = true;
            }

            next.LastUse = _clock;
            at = next;
        }
    }

    /// <summary>Takes over what a former process wrote; nothing is read before a prompt needs it. Only before anything is kept.</summary>
    internal void Load(string path, string identity)
    {
        _file = PrefixFile.Open(path, identity, cache.Pages.PageBytes);
        for (int i = 0; i < _file?.Entries.Count; i++)
        {
            int parent = _file.Entries[i].Parent;
            PrefixBlock block = Add(_file.Entries[i].Tokens, parent < 0 ? _root : _blocks[parent]);
            (block.Place, block.LastUse) = (i, -i);
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
        PrefixBlock[] all = [.. _blocks.OrderByDescending(block => block.LastUse).ThenBy(Depth)];
        var whole = new HashSet<PrefixBlock> { _root };
        PrefixBlock[] kept =
        [
            .. all.Where(block => whole.Contains(block.Parent!) && !Stored(block).IsEmpty && whole.Add(block)).Take((int)Math.Min(mostBytes / cache.Pages.PageBytes, int.MaxValue)),
        ];
        PrefixFile.Write(path, identity, checked((int)cache.Pages.PageBytes), kept, Stored, block => block.Place == PrefixBlock.None ? null : _file!.Entries[block.Place].Checksum);
        _changed = false;

        ReadOnlySpan<byte> Stored(PrefixBlock block) =>
            block.Page != PrefixBlock.None ? new ReadOnlySpan<byte>(cache.Pages.At(block.Page), (int)cache.Pages.PageBytes) : _file!.Page(block.Place);
    }

    /// <summary>Closes the file; the pages belong to the live cache.</summary>
    public void Dispose() => _file?.Dispose();

    private static int Depth(PrefixBlock block)
    {
        int depth = 0;
        for (PrefixBlock? at = block.Parent; at is not null; at = at.Parent)
        {
            depth++;
        }

        return depth;
    }

    private PrefixBlock Add(int[] tokens, PrefixBlock parent)
    {
        PrefixBlock block = new(tokens, parent);
        parent.Children.Add(block);
        _blocks.Add(block);
        return block;
    }

    private void Hold(PrefixBlock block, int page)
    {
        Drop(block);
        block.Page = page;
        _held++;
    }

    private void Drop(PrefixBlock block)
    {
        if (block.Page != PrefixBlock.None)
        {
            cache.Pages.Release(block.Page);
            block.Page = PrefixBlock.None;
            _held--;
        }
    }

    // Brings a block into memory; false when it is damaged in the file, or there is no room.
    private bool Fetch(PrefixBlock block)
    {
        if (block.Page != PrefixBlock.None)
        {
            return true;
        }

        ReadOnlySpan<byte> stored = _file!.Page(block.Place);
        if (stored.IsEmpty || !HasRoom())
        {
            return false;
        }

        int page = cache.Pages.Take();
        stored.CopyTo(new Span<byte>(cache.Pages.At(page), stored.Length));
        Hold(block, page);
        return true;
    }

    // Room in the budget for one more page, if need be that of the block whose use lies furthest back. Blocks of the prompt at hand stay.
    private bool HasRoom()
    {
        if (Bytes + cache.Pages.PageBytes <= budget)
        {
            return true;
        }

        PrefixBlock? oldest = null;
        foreach (PrefixBlock block in _blocks)
        {
            if (block.Page != PrefixBlock.None && block.LastUse < (oldest?.LastUse ?? _clock) && !block.Children.Exists(child => child.Page != PrefixBlock.None))
            {
                oldest = block;
            }
        }

        if (oldest is null)
        {
            return false;
        }

        Drop(oldest);
        if (oldest.Place == PrefixBlock.None)
        {
            oldest.Parent!.Children.Remove(oldest);
            _blocks.Remove(oldest);
        }

        return true;
    }
}
