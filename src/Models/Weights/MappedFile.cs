using System.IO.MemoryMappedFiles;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Weights;

/// <summary>A read-only memory-mapped file with checked slices at 64-bit offsets.</summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    /// <summary>Maps <paramref name="path"/>; throws <see cref="JmlrOperationException"/> when it cannot be opened.</summary>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Length = stream.Length;
            if (Length > 0)
            {
                _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
                _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
                _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
                _start += _view.PointerOffset;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            Throw.CannotOpen(path, error);
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes from <paramref name="offset"/>, valid until disposal; outside the file: <see cref="JmlrDataException"/>.</summary>
    public ReadOnlySpan<byte> Slice(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_start is null && Length > 0, this);
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            Throw.OutsideFile(Path, offset, length, Length);
        }

        if (length > int.MaxValue)
        {
            Throw.TooLong(Path, offset, length);
        }

        return length == 0 ? [] : new ReadOnlySpan<byte>(_start + offset, (int)length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_start is not null)
        {
            _start = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view?.Dispose();
        _file?.Dispose();
    }
}
