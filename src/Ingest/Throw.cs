using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest;

/// <summary>Every error of this project, worded once.</summary>
static partial class Throw
{
    /// <summary>Refuses an input file.</summary>
    [DoesNotReturn]
    internal static void Data(string what, string path, long? offset = null, Exception? inner = null) =>
        throw new JmlrDataException(what, path, offset, inner);

    /// <inheritdoc cref="Data(string, string, long?, Exception?)"/>
    [DoesNotReturn]
    internal static T Data<T>(string what, string path, long? offset = null, Exception? inner = null) =>
        throw new JmlrDataException(what, path, offset, inner);

    [DoesNotReturn]
    internal static void Usage(string what) => throw new JmlrUsageException(what);

    [DoesNotReturn]
    internal static T Usage<T>(string what) => throw new JmlrUsageException(what);
}
