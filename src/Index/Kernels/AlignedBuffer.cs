using System.Runtime.InteropServices;

namespace Jmlr.Index.Kernels;

/// <summary>64-byte-aligned memory outside the managed heap, grown as needed and reused; not cleared.</summary>
sealed unsafe class AlignedBuffer<T> : IDisposable where T : unmanaged
{
    private nint _length;

    internal T* Pointer { get; private set; }

    internal T* Ensure(long length)
    {
        if (length > _length)
        {
            nuint bytes = checked((nuint)length * (nuint)sizeof(T));
            NativeMemory.AlignedFree(Pointer);
            Pointer = null;
            _length = 0;
            Pointer = (T*)NativeMemory.AlignedAlloc((bytes + 63) & ~(nuint)63, 64);
            _length = (nint)length;
        }

        return Pointer;
    }

    ~AlignedBuffer() => NativeMemory.AlignedFree(Pointer);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        _length = 0;
        GC.SuppressFinalize(this);
    }
}
