using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Similarity;
using Jmlr.Ingest.Store.Catalogue;
using Jmlr.Ingest.Store.Records;
using Jmlr.Ingest.Store.Similar;

namespace Jmlr.Ingest.Store;

public sealed partial class PassageStore
{
    private const int MostCounted = 1 << 18; // passages whose keys are in memory: some 70 MB
    private const int MaxSignatures = 1 << 15; // some 18 MB

    private readonly SimilarFile _similar;
    private readonly List<SimilarRecord> _sketched = []; // of what is staged
    private bool _resketch; // keys or passages of committed versions change

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<PassageId>> NearDuplicates(IReadOnlyList<Passage> passages)
    {
        SimilarRecord[] asked = Sketched(passages);
        Dictionary<(int, uint), List<int>> keys = [];
        for (int i = 0; i < asked.Length; i++)
        {
            for (int key = 0; key < PassageSketch.Keys; key++)
            {
                (keys.TryGetValue((key, asked[i].Sketch[key]), out List<int>? with) ? with : keys[(key, asked[i].Sketch[key])] = []).Add(i);
            }
        }

        List<(int Asked, SimilarRecord Other)> pairs = [];
        foreach (SimilarRecord record in Sketches())
        {
            HashSet<int>? met = null;
            for (int key = 0; key < PassageSketch.Keys; key++)
            {
                foreach (int i in keys.GetValueOrDefault((key, record.Sketch[key])) ?? [])
                {
                    if (record.MayBeNear(asked[i]) && (met ??= []).Add(i))
                    {
                        pairs.Add((i, record));
                    }
                }
            }
        }

        HashSet<ulong> tags = [.. pairs.Select(static pair => pair.Other.Tag)];
        Dictionary<ulong, DocumentRecord> documents = [];
        foreach (DocumentRecord record in tags.Count == 0 ? [] : Documents)
        {
            ulong tag = CatalogueEntry.TagOf(record.Key, record.Version);
            if (tags.Contains(tag) && record.State is not (VersionState.Superseded or VersionState.Removed))
            {
                documents[tag] = record;
            }
        }

        PassageSignature?[] signatures = new PassageSignature?[passages.Count];
        List<PassageId>[] near = [.. passages.Select(static _ => new List<PassageId>())];
        foreach ((int i, SimilarRecord other) in pairs)
        {
            if (documents.TryGetValue(other.Tag, out DocumentRecord? record) && ReadPassage(new PassageId(record.Key, record.Version, other.Ordinal)) is Passage passage
                && (signatures[i] ??= PassageSignature.Of(passages[i])).IsNear(PassageSignature.Of(passage)))
            {
                near[i].Add(passage.Id);
            }
        }

        return near;
    }

    /// <summary>
    /// How many of the passages stored after a commit say nearly the same as one that the store had before them; null when there are more than a quarter of a
    /// million of them, for which it would take as long as storing a good part of them.
    /// </summary>
    long? IPassageStore.CountNearDuplicates(long after)
    {
        RequireWriter();
        if (!_similar.IsCurrent(_manifest.Generation, _manifest.Passages))
        {
            return null; // could not be written
        }

        long start = _similar.Blocks(after).Sum(static block => (long)block.Records.Length), added = _manifest.Passages - start;
        if (added is 0 or > MostCounted)
        {
            return added == 0 ? 0 : null;
        }

        SimilarRecord[] counted = [.. Sketches().Skip((int)start)];
        EarlierHolders holders = new(counted);
        Dictionary<(ulong, int), PassageSignature> signatures = [];
        List<SimilarRecord> before = [];
        long at = 0, count = 0;
        foreach (SimilarRecord record in Sketches())
        {
            before.Clear();
            holders.Take(record, at >= start ? before : null);
            count += before.Exists(other => AreNear(record, other, signatures)) ? 1 : 0;
            at++;
        }

        return count;
    }

    /// <summary>With all keys in common nearly all minima are; else their texts are compared.</summary>
    private bool AreNear(SimilarRecord a, SimilarRecord b, Dictionary<(ulong, int), PassageSignature> signatures) =>
        a.Common(b) == PassageSketch.Keys || Signature(a, signatures).IsNear(Signature(b, signatures));

    private PassageSignature Signature(SimilarRecord of, Dictionary<(ulong, int), PassageSignature> known)
    {
        if (known.TryGetValue((of.Tag, of.Ordinal), out PassageSignature? signature))
        {
            return signature;
        }

        RecordReader reader = new(_log.Read(of.Group, of.Tag), _folder, "passages");
        List<Passage> found = [];
        PassageCodec.ReadGroup(ref reader, Nameless, of.Ordinal / PassageCodec.GroupSize * PassageCodec.GroupSize, of.Ordinal % PassageCodec.GroupSize, found);
        if (known.Count == MaxSignatures)
        {
            known.Clear();
        }

        return known[(of.Tag, of.Ordinal)] = PassageSignature.Of(found[0]);
    }

    /// <summary>A record for passages of which only the text is wanted.</summary>
    private static DocumentRecord Nameless { get; } = new(default, default, "", new Provenance { Source = "store" }, VersionState.InForce, 0, 0, default);

    /// <summary>The sketches of all stored passages: from their file, or made from the passages where that is missing or behind.</summary>
    private IEnumerable<SimilarRecord> Sketches()
    {
        IEnumerable<ReadOnlyMemory<SimilarRecord>> blocks = _similar.IsCurrent(_manifest.Generation, _manifest.Passages) ? _similar.Blocks(_manifest.Generation).Select(static block => block.Records) : Made();
        foreach (ReadOnlyMemory<SimilarRecord> block in blocks)
        {
            for (int i = 0; i < block.Length; i++)
            {
                yield return block.Span[i];
            }
        }
    }

    private IEnumerable<ReadOnlyMemory<SimilarRecord>> Made()
    {
        List<SimilarRecord> block = [];
        foreach (CatalogueEntry entry in View().Value.Entries)
        {
            List<Passage> passages = [];
            for (int group = 0; group < entry.Groups.Length; group++)
            {
                ReadGroup(entry, entry.ToRecord(VersionState.InForce), group, only: null, passages);
            }

            block.AddRange(Sketched(entry, PassageSketch.Of(passages)));
            if (block.Count >= SimilarFile.BlockRecords)
            {
                yield return block.ToArray();
                block.Clear();
            }
        }

        yield return block.ToArray();
    }

    private static SimilarRecord[] Sketched(IReadOnlyList<Passage> passages)
    {
        PassageSketch[] sketches = PassageSketch.Of(passages);
        return [.. passages.Select((passage, i) => new SimilarRecord(passage.Id.Key.Digest().Low, CatalogueEntry.TagOf(passage.Id.Key, passage.Id.Version), 0, passage.Id.Ordinal, sketches[i]))];
    }

    private static IEnumerable<SimilarRecord> Sketched(CatalogueEntry entry, PassageSketch[] sketches)
    {
        (ulong document, ulong tag) = (entry.Key.Digest().Low, entry.Tag);
        return sketches.Select((sketch, i) => new SimilarRecord(document, tag, entry.Groups[i / PassageCodec.GroupSize], i, sketch));
    }

    /// <summary>Before a commit: the file as of the commit before it. It is derived: that it cannot be written is no error, it is made anew by the next commit then.</summary>
    private void SketchCommitted()
    {
        if (!_similar.IsCurrent(_manifest.Generation, _manifest.Passages))
        {
            Resketch();
        }
    }

    /// <summary>After a commit: the file as of it.</summary>
    private void SketchStaged()
    {
        if (_resketch)
        {
            Resketch();
        }
        else
        {
            Written(() => _similar.Append(_manifest.Generation, _manifest.Passages, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sketched)));
        }

        _resketch = false;
        _sketched.Clear();
    }

    private void Resketch() => Written(() =>
    {
        _similar.Clear();
        long passages = 0;
        foreach (ReadOnlyMemory<SimilarRecord> block in Made())
        {
            _similar.Append(_manifest.Generation, passages += block.Length, block.Span);
        }
    });

    private void Written(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _similar.Clear();
        }
    }
}
