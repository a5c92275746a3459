using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Jmlr.Ingest.Store;
using Jmlr.Models.Errors;
using Jmlr.Models.Files;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Query.Lexical;

/// <summary>
/// The postings of a store kept in a file, so that they are counted once and not in every process. Little-endian: 8 bytes <c>JMLRBM25</c>, u32 version, u32
/// CRC-32C of all that follows; 32 bytes key; i32 passages P, terms T, postings N, bytes of the ids, bytes of the terms, 0; i32 [P] bytes of each id, i32 [P] terms
/// of each passage, i32 [T] bytes of each term, i32 [T + 1] first posting of each, i32 [N] passages, u16 [N] counts, ids, terms (UTF-8). The key says what was
/// counted; with another key, or damaged, the file is not used and written anew.
/// </summary>
static class LexicalFile
{
    private const uint Version = 1; // also of LexicalTerms: raise it when texts give other terms
    private const int HeaderLength = 72;
    private const int Checked = 16; // from here on
    private const int Part = 1 << 24;
    private const int PassagesByReport = 1000;

    private static ReadOnlySpan<byte> Magic => "JMLRBM25"u8;

    /// <summary>The index in the file at <paramref name="path"/> when it is of this store as it is now, else a new one, which is kept there if that can be written.</summary>
    internal static LexicalIndex Open(string path, IPassageStore store, CancellationToken cancellation = default)
    {
        byte[] key = KeyOf(store);
        if (Read(path, key) is LexicalPostings known)
        {
            return new LexicalIndex(known);
        }

        LexicalIndex counted = Count(store, null, cancellation);
        try
        {
            Put(path, key, counted);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A workspace that cannot be written is searched all the same.
        }

        return counted;
    }

    /// <summary>Makes the file at <paramref name="path"/> that of this store as it is now, unless it is already. Stage reported: "words".</summary>
    internal static void Keep(string path, IPassageStore store, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        byte[] key = KeyOf(store);
        if (Read(path, key) is null)
        {
            Put(path, key, Count(store, progress, cancellation));
        }
    }

    /// <summary>Counts the words of all stored passages.</summary>
    internal static LexicalIndex Count(IPassageStore store, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        int total = Counted(store).Sum(document => document.PassageCount);
        // In one go by document: passage by passage every group of records would be read many times.
        return new LexicalIndex(Counted(store).SelectMany(store.ReadPassages).Select((passage, i) =>
        {
            if (i % PassagesByReport == 0)
            {
                progress?.Report(new ProgressReport("words", i, total, "passages"));
            }

            return (passage.Id.ToString(), passage.RetrieverText);
        }), cancellation);
    }

    private static void Put(string path, byte[] key, LexicalIndex index)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, stream => Write(stream, key, index.ToPostings()));
    }

    /// <summary>The postings of a file; null when there is none, it is of something else or damaged.</summary>
    internal static LexicalPostings? Read(string path, ReadOnlySpan<byte> key)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = new MappedFile(path);
            return file.Length < HeaderLength ? null : Read(file, key);
        }
        catch (JmlrException)
        {
            return null; // gone meanwhile, not to be opened, or shorter than it says
        }
    }

    internal static void Write(Stream stream, ReadOnlySpan<byte> key, LexicalPostings postings)
    {
        byte[][] ids = Array.ConvertAll(postings.Ids, TextEncoding.UTF8.GetBytes), terms = Array.ConvertAll(postings.Terms, TextEncoding.UTF8.GetBytes);
        byte[] header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        key.CopyTo(header.AsSpan(Checked));
        int[] counts = [ids.Length, terms.Length, postings.Passages.Length, ids.Sum(id => id.Length), terms.Sum(term => term.Length)];
        MemoryMarshal.AsBytes<int>(counts).CopyTo(header.AsSpan(48));
        stream.Write(header);
        uint crc = Crc32C.Compute(header.AsSpan(Checked));
        void Put(ReadOnlySpan<byte> data)
        {
            stream.Write(data);
            crc = Crc32C.Compute(data, crc);
        }

        Put(MemoryMarshal.AsBytes<int>(Array.ConvertAll(ids, id => id.Length)));
        Put(MemoryMarshal.AsBytes<int>(postings.Lengths));
        Put(MemoryMarshal.AsBytes<int>(Array.ConvertAll(terms, term => term.Length)));
        Put(MemoryMarshal.AsBytes<int>(postings.Starts));
        Put(MemoryMarshal.AsBytes<int>(postings.Passages));
        Put(MemoryMarshal.AsBytes<ushort>(postings.Counts));
        foreach (byte[] text in ids.Concat(terms))
        {
            Put(text);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), crc);
        stream.Position = 0;
        stream.Write(header);
        stream.Position = stream.Length;
    }

    /// <summary>What the postings depend on: which versions of which documents, when they came in, and how texts were cut.</summary>
    internal static byte[] KeyOf(IPassageStore store)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(TextEncoding.UTF8.GetBytes(text + "\n"));
        Add(store.ChunkerHash ?? "");
        foreach (DocumentRecord document in Counted(store))
        {
            Add($"{document.Key}@{document.Version} {document.PassageCount} {document.TextLength} {document.Ingested.UtcTicks} {document.Title}");
        }

        return hash.GetHashAndReset();
    }

    private static IEnumerable<DocumentRecord> Counted(IPassageStore store) => store.Documents.Where(document => document.State != VersionState.Removed);

    private static LexicalPostings? Read(MappedFile file, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> header = file.Slice(0, HeaderLength);
        ReadOnlySpan<int> counts = MemoryMarshal.Cast<byte, int>(header.Slice(48, 5 * sizeof(int)));
        if (!header.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != Version || !header.Slice(Checked, key.Length).SequenceEqual(key) || counts.ContainsAnyInRange(int.MinValue, -1))
        {
            return null;
        }

        long passages = counts[0], terms = counts[1], postings = counts[2];
        if (file.Length != HeaderLength + (sizeof(int) * ((2 * passages) + (2 * terms) + 1 + postings)) + (sizeof(ushort) * postings) + counts[3] + counts[4]
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Sum(file))
        {
            return null;
        }

        long at = HeaderLength;
        T[] Take<T>(long count) where T : unmanaged
        {
            T[] values = new T[count];
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
            file.Slice(at, bytes.Length).CopyTo(bytes);
            at += bytes.Length;
            return values;
        }

        int[] idLengths = Take<int>(passages), lengths = Take<int>(passages), termLengths = Take<int>(terms), starts = Take<int>(terms + 1), where = Take<int>(postings);
        ushort[] often = Take<ushort>(postings);
        return new LexicalPostings(Texts(Take<byte>(counts[3]), idLengths), lengths, Texts(Take<byte>(counts[4]), termLengths), starts, where, often);
    }

    private static uint Sum(MappedFile file)
    {
        uint crc = 0;
        for (long at = Checked; at < file.Length; at += Part)
        {
            crc = Crc32C.Compute(file.Slice(at, Math.Min(Part, file.Length - at)), crc);
        }

        return crc;
    }

    private static string[] Texts(ReadOnlySpan<byte> bytes, int[] lengths)
    {
        string[] texts = new string[lengths.Length];
        for (int i = 0, at = 0; i < texts.Length; at += lengths[i++])
        {
            texts[i] = TextEncoding.UTF8.GetString(bytes.Slice(at, lengths[i]));
        }

        return texts;
    }
}
