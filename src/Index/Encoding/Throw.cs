using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Encoding;

/// <summary>Errors of encoding, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void PassageTooLong(int tokens, int allowed, string text) =>
        throw new JmlrOperationException($"a passage of {tokens} tokens does not fit the retriever's {allowed}: it begins \"{text[..Math.Min(60, text.Length)]}\"; ingest the source again with this model");

    [DoesNotReturn]
    internal static void Checkpoint(string path, string what) => throw new JmlrDataException(what, path);
}
