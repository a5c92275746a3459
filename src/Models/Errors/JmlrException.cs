namespace Jmlr.Models.Errors;

/// <summary>
/// Base of every error a user may see. The message is one plain line: what was wrong, its value, what was allowed, where.
/// Errors of the programmer stay <see cref="ArgumentException"/> and <see cref="InvalidOperationException"/>.
/// </summary>
public abstract class JmlrException : Exception
{
    /// <summary>Creates the error with its one-line message.</summary>
    private protected JmlrException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>The operation could not be carried out (missing file, full disk, missing model): exit code 1.</summary>
public sealed class JmlrOperationException(string message, Exception? inner = null) : JmlrException(message, inner);

/// <summary>The user asked for something that cannot be (unknown option value, empty question): exit code 2.</summary>
public sealed class JmlrUsageException(string message, Exception? inner = null) : JmlrException(message, inner);

/// <summary>An input file (document, checkpoint, archive) is malformed or hostile and was refused: exit code 3 where others were taken, else 1.</summary>
public sealed class JmlrDataException : JmlrException
{
    /// <summary>Refuses <paramref name="path"/>; the message gets the path and, when known, the byte offset.</summary>
    public JmlrDataException(string what, string path, long? offset = null, Exception? inner = null)
        : base(offset is long at ? $"{path}: {what} (at byte {at})" : $"{path}: {what}", inner)
    {
        Path = path;
        Offset = offset;
        What = what;
    }

    /// <summary>What was wrong, without the place.</summary>
    public string What { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Byte offset in the file, when known.</summary>
    public long? Offset { get; }
}

/// <summary>Our own files (store, index, model parts) do not match their checksums or their manifest: exit code 4.</summary>
public sealed class JmlrIntegrityException : JmlrException
{
    /// <summary>Reports corruption of <paramref name="path"/>.</summary>
    public JmlrIntegrityException(string what, string path, string? section = null, long? offset = null, Exception? inner = null)
        : base($"{path}{(section is null ? "" : $" [{section}]")}{(offset is long at ? $" at byte {at}" : "")}: {what}", inner)
    {
        Path = path;
        Section = section;
        Offset = offset;
        What = what;
    }

    /// <summary>What was wrong, without the place.</summary>
    public string What { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Section of the file, when known.</summary>
    public string? Section { get; }

    /// <summary>Byte offset in the file, when known.</summary>
    public long? Offset { get; }
}
