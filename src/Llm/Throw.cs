using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Llm;

/// <summary>Every refusal of this project, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void Data(string path, string what, Exception? inner = null) => throw new JmlrDataException(what, path, null, inner);

    [DoesNotReturn]
    internal static T Data<T>(string path, string what, Exception? inner = null) => throw new JmlrDataException(what, path, null, inner);

    [DoesNotReturn]
    internal static void Operation(string what, Exception? inner = null) => throw new JmlrOperationException(what, inner);

    [DoesNotReturn]
    internal static T Operation<T>(string what, Exception? inner = null) => throw new JmlrOperationException(what, inner);

    [DoesNotReturn]
    internal static void Usage(string what) => throw new JmlrUsageException(what);

    [DoesNotReturn]
    internal static void CacheFull(int length, int more, int capacity) =>
        throw new JmlrOperationException($"{length + more} tokens do not fit the context of {capacity}: shorten the prompt or raise the context length");

    [DoesNotReturn]
    internal static void TokenOutOfRange(int token, int vocabulary) =>
        throw new ArgumentOutOfRangeException(nameof(token), token, $"token id must be in 0..{vocabulary - 1}");

    [DoesNotReturn]
    internal static void LogitsLength(int length, int tokens, int vocabulary) =>
        throw new ArgumentException($"logits has {length} elements; 0, {vocabulary} or {(long)tokens * vocabulary} are allowed for {tokens} tokens");

    [DoesNotReturn]
    internal static void ForeignCache() => throw new ArgumentException("the key/value cache was made by another executor");

    [DoesNotReturn]
    internal static void OutOfMemory(long bytes) => throw new JmlrOperationException($"the system gave no {bytes >> 20} MiB of memory: use a smaller model or a shorter context");

    [DoesNotReturn]
    internal static void NotFinite(string path) =>
        throw new JmlrDataException("the model computes no finite logits (NaN or infinite): its weights are damaged", path);
}
