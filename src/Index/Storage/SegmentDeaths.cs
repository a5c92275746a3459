namespace Jmlr.Index.Storage;

/// <summary>Who dies in one update: the live passages of a manifest, and new tombstone files for the segments that lose some.</summary>
sealed class SegmentDeaths : IDisposable
{
    private readonly IndexDisk _disk;
    private readonly List<Segment> _segments = [];
    private readonly List<ulong[]?> _dead = []; // null while nothing died

    internal SegmentDeaths(IndexDisk disk, Manifest manifest)
    {
        _disk = disk;
        try
        {
            foreach (SegmentEntry entry in manifest.Segments)
            {
                _segments.Add(new Segment(disk.Folder, entry, 0, manifest.Identity.Dimension, manifest.Bits));
                _dead.Add(null);
                LiveBefore += _segments[^1].Live.Passages;
                LiveTokensBefore += _segments[^1].Live.Tokens;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal int LiveBefore { get; }

    internal long LiveTokensBefore { get; private set; }

    internal IReadOnlyList<Segment> Segments => _segments;

    internal int Killed { get; private set; }

    /// <summary>Kills every live passage that <paramref name="condemned"/> says.</summary>
    internal void KillWhere(Func<string, bool> condemned, CancellationToken cancellation)
    {
        for (int s = 0; s < _segments.Count; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int passage = 0; passage < _segments[s].Entry.Passages; passage++)
            {
                if (!_segments[s].IsDead(passage) && condemned(_segments[s].Id(passage)))
                {
                    Kill(s, passage);
                }
            }
        }
    }

    /// <summary>Ids of the passages of a segment that are alive still.</summary>
    internal IEnumerable<string> Survivors(int segment)
    {
        for (int passage = 0; passage < _segments[segment].Entry.Passages; passage++)
        {
            if (!_segments[segment].IsDead(passage) && (_dead[segment] is not ulong[] dead || !PassageBits.Has(dead, passage)))
            {
                yield return _segments[segment].Id(passage);
            }
        }
    }

    /// <summary>Kills one passage; false when it is not there or dead already.</summary>
    internal bool Kill(string id)
    {
        for (int s = 0; s < _segments.Count; s++)
        {
            int passage = _segments[s].Find(id);
            if (passage >= 0 && !_segments[s].IsDead(passage) && Kill(s, passage))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Kills a whole segment: its passages are written anew elsewhere.</summary>
    internal void KillAll(int segment)
    {
        for (int passage = 0; passage < _segments[segment].Entry.Passages; passage++)
        {
            Kill(segment, passage);
        }
    }

    /// <summary>Writes the tombstones for <paramref name="generation"/>; segments without a live passage are left out.</summary>
    internal IEnumerable<SegmentEntry> Write(long generation)
    {
        for (int s = 0; s < _segments.Count; s++)
        {
            if (_dead[s] is not ulong[] dead)
            {
                yield return _segments[s].Entry;
            }
            else if (dead.Sum(word => System.Numerics.BitOperations.PopCount(word)) < _segments[s].Entry.Passages)
            {
                yield return TombstoneFile.Write(_disk, _segments[s], dead, generation);
            }
        }
    }

    public void Dispose() => _segments.ForEach(segment => segment.Dispose());

    private bool Kill(int segment, int passage)
    {
        ulong[]? dead = _dead[segment];
        if (dead is null)
        {
            dead = new ulong[TombstoneFile.Words(_segments[segment].Entry.Passages)];
            _segments[segment].Dead.CopyTo(dead);
            _dead[segment] = dead;
        }

        ulong bit = 1UL << (passage & 63);
        if ((dead[passage >> 6] & bit) != 0)
        {
            return false;
        }

        dead[passage >> 6] |= bit;
        Killed++;
        return true;
    }
}
