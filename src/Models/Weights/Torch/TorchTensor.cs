namespace Jmlr.Models.Weights.Torch;

/// <summary>Data of one storage in the archive.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Offset">Byte offset in the file.</param>
/// <param name="ByteLength">Bytes.</param>
/// <param name="Count">Elements.</param>
sealed record TorchStorage(TensorType Type, long Offset, long ByteLength, long Count)
{
    /// <summary>Resolves the persistent id ('storage', class, key, location, count).</summary>
    internal static TorchStorage Resolve(TorchArchive archive, object id, string path)
    {
        if (id is not object[] { Length: 5 } parts || parts[0] is not "storage" || parts[1] is not PickleGlobal type || parts[2] is not string key || parts[4] is not long count)
        {
            Throw.Malformed(path, $"persistent id {PickleValues.Describe(id)}: expected ('storage', class, key, location, count)");
            return null!;
        }

        TensorType element = TypeOf(type, path);
        ArchiveEntry entry = archive.Data(key, path);
        if (count < 0 || count > entry.Length / TensorTypes.BlockBytes(element))
        {
            Throw.Malformed(path, $"storage '{key}' of {count} elements has {entry.Length} bytes", entry.Offset);
        }

        return new TorchStorage(element, entry.Offset, count * TensorTypes.BlockBytes(element), count);
    }

    private static TensorType TypeOf(PickleGlobal type, string path)
    {
        switch (type.Name)
        {
            case "DoubleStorage": return TensorType.F64;
            case "FloatStorage": return TensorType.F32;
            case "HalfStorage": return TensorType.F16;
            case "BFloat16Storage": return TensorType.BF16;
            case "LongStorage": return TensorType.I64;
            case "IntStorage": return TensorType.I32;
            case "ShortStorage": return TensorType.I16;
            case "CharStorage": return TensorType.I8;
            case "ByteStorage": return TensorType.U8;
            case "BoolStorage": return TensorType.Bool;
            default:
                Throw.Malformed(path, $"storage class {type}: not a supported element type");
                return default;
        }
    }
}

/// <summary>A view of a storage: <c>torch._utils._rebuild_tensor_v2</c>.</summary>
/// <param name="Storage">Storage, possibly shared with other tensors.</param>
/// <param name="Start">First element.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Strides in elements.</param>
sealed record TorchTensor(TorchStorage Storage, long Start, long[] Shape, long[] Strides)
{
    // A view may hold more elements than its storage (stride 0); beyond this many bytes only as many as the storage are rearranged.
    private const long MaximumExpanded = 16L << 20;

    /// <summary>True when the elements lie one after another in row-major order.</summary>
    internal bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return Shape.Contains(0);
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    /// <summary>Refuses a view that reaches outside its storage.</summary>
    internal void Check(string path, string name)
    {
        if (Shape.Length != Strides.Length || Shape.Length > 64 || Start < 0 || TensorTypes.ElementCount(Shape) is not long count || count > long.MaxValue / 16)
        {
            Throw.Malformed(path, $"tensor '{name}' has {Shape.Length} sizes, {Strides.Length} strides, start {Start}: it does not describe a tensor");
            return;
        }

        Int128 last = Start;
        for (int i = 0; i < Shape.Length; i++)
        {
            if (Strides[i] < 0)
            {
                Throw.Malformed(path, $"tensor '{name}' has the negative stride {Strides[i]}");
            }

            last += Shape[i] == 0 ? 0 : (Int128)(Shape[i] - 1) * Strides[i];
        }

        if (count > 0 ? last >= Storage.Count : Start > Storage.Count)
        {
            Throw.Malformed(path, $"tensor '{name}' of shape [{string.Join(", ", Shape)}], strides [{string.Join(", ", Strides)}], start {Start} reaches beyond its storage of {Storage.Count} elements", Storage.Offset);
        }

        long bytes = count * TensorTypes.BlockBytes(Storage.Type), allowed = Math.Max(Storage.ByteLength, MaximumExpanded);
        if (!IsContiguous && bytes > allowed)
        {
            Throw.Malformed(path, $"tensor '{name}' repeats its storage to {bytes} bytes: at most {allowed} are rearranged", Storage.Offset);
        }
    }

    /// <summary>The elements in row-major order.</summary>
    internal byte[] Gather(ReadOnlySpan<byte> storage, string path, string name)
    {
        int size = TensorTypes.BlockBytes(Storage.Type);
        long bytes = TensorTypes.ElementCount(Shape)!.Value * size;
        if (bytes > int.MaxValue)
        {
            Throw.Malformed(path, $"tensor '{name}' of {bytes} bytes is not stored row by row; at most 2 GiB are rearranged");
        }

        byte[] gathered = new byte[bytes];
        long[] index = new long[Shape.Length];
        for (int to = 0; to < gathered.Length; to += size)
        {
            long from = Start;
            for (int i = 0; i < index.Length; i++)
            {
                from += index[i] * Strides[i];
            }

            storage.Slice((int)(from * size), size).CopyTo(gathered.AsSpan(to));
            for (int i = index.Length - 1; i >= 0 && ++index[i] == Shape[i]; i--)
            {
                index[i] = 0;
            }
        }

        return gathered;
    }
}
