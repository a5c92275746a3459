using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Execution;

/// <summary>
/// Pages of equal size, each with a count of its holders, out of slabs that ask for huge pages: what was given back is used again, because memory that was never
/// touched costs the system more than the copy of a page. One caller at a time.
/// </summary>
sealed unsafe class KeyValuePages(long pageBytes, int mostOfSlab) : IDisposable
{
    private const long SlabBytes = 8 << 20;
    private readonly List<NativeBuffer> _slabs = [];
    private readonly List<int> _holders = []; // of each page
    private readonly Stack<int> _free = [];
    private readonly int _slabPages = (int)Math.Clamp(SlabBytes / pageBytes, 1, mostOfSlab);

    /// <summary>Bytes of a page.</summary>
    internal long PageBytes => pageBytes;

    /// <summary>A page with one holder; what it holds is anything.</summary>
    internal int Take()
    {
        if (!_free.TryPop(out int page))
        {
            page = _holders.Count;
            _slabs.Add(new NativeBuffer(_slabPages * pageBytes, clear: false));
            for (int i = _slabPages - 1; i > 0; i--)
            {
                _free.Push(page + i);
            }

            _holders.AddRange(Enumerable.Repeat(0, _slabPages));
        }

        _holders[page] = 1;
        return page;
    }

    /// <summary>One more holder.</summary>
    internal void Share(int page) => _holders[page]++;

    /// <summary>One holder less.</summary>
    internal void Release(int page)
    {
        if (--_holders[page] == 0)
        {
            _free.Push(page);
        }
    }

    /// <summary>Whether it has more than one holder.</summary>
    internal bool IsShared(int page) => _holders[page] > 1;

    /// <summary>First byte of a page.</summary>
    internal byte* At(int page) => _slabs[page / _slabPages].Pointer + (page % _slabPages * pageBytes);

    /// <inheritdoc/>
    public void Dispose() => _slabs.ForEach(slab => slab.Dispose());
}
