namespace Jmlr.Models.Weights;

/// <summary>
/// Read-only tensors of one checkpoint, whatever its format (safetensors single or sharded, GGUF, PyTorch zip).
/// Everything about the file is validated on opening; reading a listed tensor cannot run outside its bounds. Thread-safe for reading.
/// </summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The path that was opened (file or folder).</summary>
    string Path { get; }

    /// <summary>All tensors by stored name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Raw bytes of a tensor as stored (row-major, contiguous), valid until disposal. Tensors of 2 GiB and more are refused.</summary>
    ReadOnlySpan<byte> GetBytes(string name);

    /// <summary>Reads and widens a tensor to fp32, row-major. Exact for every type (dequantised as ggml does).</summary>
    void ReadFloat32(string name, Span<float> destination);
}
