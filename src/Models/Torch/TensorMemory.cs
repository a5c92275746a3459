using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Jmlr.Models.Torch;

/// <summary>The memory of tensors in CPU memory.</summary>
public static unsafe class TensorMemory
{
    /// <summary>The first value of a contiguous tensor. libtorch's memory does not move while the tensor lives; keep the tensor as long as the pointer.</summary>
    public static T* Start<T>(torch.Tensor tensor) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }
}
