using System.Buffers;
using System.Runtime.InteropServices;

namespace Jmlr.Index.Kernels;

/// <summary>
/// A large array outside the managed heap, given back when disposed: one of half a gigabyte in the heap lets the collector wait until as much again is garbage.
///
/// </summary>
sealed unsafe class NativeBlock<T>(int length) : MemoryManager<T> where T : unmanaged
{
    private T* _start = (T*)NativeMemory.Alloc((nuint)length, (nuint)sizeof(T));

    public override Span<T> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<T>(_start, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length);
        return new MemoryHandle(_start + elementIndex);
    }

    public override void Unpin() { }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_start);
        _start = null;
    }
}
