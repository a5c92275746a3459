namespace Jmlr.Ingest.Pipeline;

/// <summary>What an archive may unpack to.</summary>
sealed class ArchiveBudget(InputFile input)
{
    private const int MaxEntries = 200_000;
    private const int MaxRatio = 200;
    private const long FreeBytes = 16 << 20; // a small archive may unpack to this much whatever its ratio
    private const long MaxTotal = 16L << 30;

    private long _entries;
    private long _bytes;

    public void Count()
    {
        if (++_entries > MaxEntries)
        {
            Throw.Data($"an archive of more than {MaxEntries} files", input.Name);
        }
    }

    public void Add(long bytes, long packed)
    {
        _bytes += bytes;
        if (_bytes > MaxTotal || (_bytes > FreeBytes && _bytes > packed * MaxRatio))
        {
            Throw.Data(_bytes > MaxTotal ? $"an archive that unpacks to more than {MaxTotal >> 30} GiB" : $"an archive that unpacks to more than {MaxRatio} times its size: refused", input.Name);
        }
    }
}
