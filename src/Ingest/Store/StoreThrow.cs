using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest;

/// <summary>Errors of the store.</summary>
static partial class Throw
{
    [DoesNotReturn]
    internal static void NoStore(string folder) =>
        throw new JmlrOperationException($"no passage store at '{folder}': run 'jmlr ingest PATH' first");

    [DoesNotReturn]
    internal static void StoreInUse(string path, string owner, Exception inner) =>
        throw new JmlrOperationException($"{path}: the store is being written by {owner}; one writer at a time: wait for it to end", inner);

    [DoesNotReturn]
    internal static void CannotWriteStore(string path, Exception inner) =>
        throw new JmlrOperationException($"{path}: writing the store failed ({OneLine(inner)}); the last commit is unharmed: free space or mend the disk, then run again", inner);

    [DoesNotReturn]
    internal static void CannotReadStore(string path, Exception inner) =>
        throw new JmlrOperationException($"{path}: cannot be read ({OneLine(inner)})", inner);

    [DoesNotReturn]
    internal static void StoreStalled(string path, int seconds) =>
        throw new JmlrOperationException($"{path}: the disk took no data for {seconds} s; the last commit is unharmed");

    [DoesNotReturn]
    internal static void StoreBroken(string path) =>
        throw new JmlrOperationException($"{path}: an earlier write failed, so this store must be reopened; the last commit is unharmed");

    [DoesNotReturn]
    internal static void StoreReadOnly(string path) =>
        throw new InvalidOperationException($"{path}: the store was opened for reading");

    [DoesNotReturn]
    internal static void MixedChunkers(string stored, string given) =>
        throw new JmlrOperationException($"the passages of this store were made with chunker {Short(stored)}, not {Short(given)}: chunk the store anew first, or use another workspace");

    [DoesNotReturn]
    internal static void PassageOrder(string document, int at, string id) =>
        throw new ArgumentException($"passage {at} of {document} has the id {id}: ids must be key@version#ordinal with ordinals from 0");

    [DoesNotReturn]
    internal static void BadText(string document, Exception inner) =>
        throw new ArgumentException($"{document}: text with unpaired surrogates cannot be stored", inner);

    [DoesNotReturn]
    internal static void UnknownRecord(string id) =>
        throw new ArgumentException($"the store has no document {id}");

    [DoesNotReturn]
    internal static void Integrity(string what, string path, string? section = null, long? offset = null, Exception? inner = null) =>
        throw new JmlrIntegrityException(what, path, section, offset, inner);

    [DoesNotReturn]
    internal static T Integrity<T>(string what, string path, string? section = null, long? offset = null, Exception? inner = null) =>
        throw new JmlrIntegrityException(what, path, section, offset, inner);

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ");
}
