using Jmlr.Index.Codec;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;

namespace Jmlr.Index.Storage;

/// <summary>One thing that is wrong in an index.</summary>
/// <param name="File">File name within the index folder.</param>
/// <param name="Section">Section of the file, when known.</param>
/// <param name="Offset">Byte offset in the section (in the file without one), when known.</param>
/// <param name="What">What is wrong.</param>
public sealed record IndexFault(string File, string? Section, long? Offset, string What);

/// <summary>What a verification found.</summary>
/// <param name="Ok">True when nothing is wrong.</param>
/// <param name="Generation">Generation verified, 0 when there is no sound manifest.</param>
/// <param name="Segments">Segments looked at.</param>
/// <param name="Passages">Live passages.</param>
/// <param name="Tokens">Live tokens.</param>
/// <param name="Errors">Everything that is wrong.</param>
/// <param name="Store">The index against the store; null when none was given or damage kept the two from being compared.</param>
public sealed record IndexVerification(bool Ok, long Generation, int Segments, int Passages, long Tokens, IReadOnlyList<IndexFault> Errors, StoreComparison? Store = null);

/// <summary>Checks everything that can be checked: hashes of whole files, every block, every count and reference, and every text against the store.</summary>
public sealed class IndexVerifier
{
    private readonly string _folder;
    private readonly List<IndexFault> _faults = [];

    private IndexVerifier(string folder) => _folder = folder;

    /// <summary>Verifies the index in <paramref name="folder"/>; a folder without any index is <see cref="JmlrOperationException"/>.</summary>
    public static IndexVerification Verify(string folder, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default) => Verify(folder, null, progress, cancellation);

    /// <summary>Verifies the index and compares it with the passages it is made of.</summary>
    public static IndexVerification Verify(string folder, IPassageSource? store, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new IndexVerifier(folder).Run(store, progress, cancellation);
    }

    private IndexVerification Run(IPassageSource? store, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        CheckManifests();
        Manifest manifest;
        try
        {
            manifest = ManifestFile.ReadCurrent(_folder);
        }
        catch (JmlrIntegrityException error)
        {
            Add(error);
            return new IndexVerification(false, 0, 0, 0, 0, _faults);
        }

        long bytes = manifest.Files().Sum(file => file.Length), done = 0;
        foreach ((string name, long length, string hash) in manifest.Files())
        {
            Guard(() => CheckFile(name, length, hash, cancellation));
            done += length;
            progress?.Report(new ProgressReport("verify", done, bytes, "bytes"));
        }

        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        int passages = 0;
        long tokens = 0;
        foreach (SegmentEntry entry in manifest.Segments)
        {
            cancellation.ThrowIfCancellationRequested();
            Guard(() =>
            {
                CodecEntry codecEntry = manifest.Codecs.First(codec => codec.Id == entry.Codec);
                using ResidualCodec codec = CodecFile.Read(_folder, codecEntry, manifest.Identity.Dimension, manifest.Bits);
                using var segment = new Segment(_folder, entry, 0, manifest.Identity.Dimension, manifest.Bits);
                passages += segment.Live.Passages;
                tokens += segment.Live.Tokens;
                SegmentCheck.Run(segment, codec, seen, (section, offset, what) => _faults.Add(new IndexFault(Path.GetFileName(segment.Path), section, offset, what)));
            });
        }

        foreach (CodecEntry entry in manifest.Codecs)
        {
            Guard(() => CodecFile.Read(_folder, entry, manifest.Identity.Dimension, manifest.Bits).Dispose());
        }

        StoreComparison? comparison = store is null || _faults.Any(fault => fault.File != IndexFolder.Current) ? null : Compare(manifest, store, progress, cancellation);
        IndexFault[] faults = [.. _faults.Distinct()];
        return new IndexVerification(faults.Length == 0, manifest.Generation, manifest.Segments.Count, passages, tokens, faults, comparison);
    }

    private StoreComparison Compare(Manifest manifest, IPassageSource store, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var segments = new List<Segment>();
        try
        {
            foreach (SegmentEntry entry in manifest.Segments)
            {
                segments.Add(new Segment(_folder, entry, 0, manifest.Identity.Dimension, manifest.Bits));
            }

            return StoreComparison.Run(segments, store, Different, progress, cancellation);
        }
        finally
        {
            segments.ForEach(segment => segment.Dispose());
        }

        void Different(Segment segment, int passage, string id) =>
            _faults.Add(new IndexFault(Path.GetFileName(segment.Path), BlockFormat.Name(SectionId.TextHashes), passage * 32L, $"the text of passage '{id}' in the store is not the one that was encoded"));
    }

    /// <summary>CURRENT must name a sound manifest, and every manifest must be sound.</summary>
    private void CheckManifests()
    {
        if (!Directory.Exists(_folder))
        {
            Throw.NoIndex(_folder);
        }

        List<long> generations = IndexFolder.Generations(_folder);
        if (generations.Count > 0 && !ManifestFile.TryCurrent(_folder, out _))
        {
            _faults.Add(new IndexFault(IndexFolder.Current, null, null, "does not name a sound manifest"));
        }

        foreach (long generation in generations)
        {
            Guard(() => ManifestFile.Read(_folder, generation));
        }
    }

    private void CheckFile(string name, long length, string hash, CancellationToken cancellation)
    {
        var file = new FileInfo(Path.Combine(_folder, name));
        if (!file.Exists || file.Length != length)
        {
            Throw.Corrupt(file.FullName, null, null, file.Exists ? $"{file.Length} bytes long, {length} expected" : "the file is missing");
        }

        BlockFileKind kind = name.EndsWith(".jmc", StringComparison.Ordinal) ? BlockFileKind.Codec : name.EndsWith(".del", StringComparison.Ordinal) ? BlockFileKind.Tombstones : BlockFileKind.Segment;
        int before = _faults.Count;
        using (var blocks = new BlockFile(file.FullName, kind))
        {
            blocks.Verify((section, offset, what) => _faults.Add(new IndexFault(name, section, offset, what)));
        }

        if (_faults.Count == before && ContentHash.OfFile(file.FullName, cancellation) != hash)
        {
            Throw.Corrupt(file.FullName, null, null, "the hash of the file does not match the manifest");
        }
    }

    private void Guard(Action check)
    {
        try
        {
            check();
        }
        catch (JmlrException error)
        {
            Add(error);
        }
    }

    private void Add(JmlrException error) => _faults.Add(error is JmlrIntegrityException found
        ? new IndexFault(Path.GetFileName(found.Path), found.Section, found.Offset, found.What)
        : new IndexFault("", null, null, error.Message));
}
