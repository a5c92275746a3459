using System.Text.Json;

namespace Jmlr.Models.Weights;

/// <summary>A checkpoint in several files named by an index (<c>*.index.json</c> with <c>weight_map</c>). Every file must lie beside the index.</summary>
public sealed class ShardedWeights : IWeightSource
{
    private const int MaximumShards = 1000;
    private const long MaximumIndexBytes = 64L << 20;
    private readonly Dictionary<string, IWeightSource> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IWeightSource> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    internal ShardedWeights(string indexPath, Func<string, IWeightSource> openShard)
    {
        Path = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(indexPath))!;
        try
        {
            foreach ((string tensor, string shard) in ReadIndex(indexPath))
            {
                IWeightSource source = Shard(indexPath, shard, openShard);
                if (!source.Tensors.TryGetValue(tensor, out TensorInfo? info))
                {
                    Throw.Malformed(indexPath, $"tensor '{tensor}' is not in '{shard}', where the index says it is");
                }

                _tensors[tensor] = info;
                _owners[tensor] = source;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(string name)
    {
        TensorReading.Find(this, name);
        return _owners[name].GetBytes(name);
    }

    /// <inheritdoc/>
    public void ReadFloat32(string name, Span<float> destination) => TensorReading.ReadFloat32(this, name, destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IWeightSource shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private IWeightSource Shard(string indexPath, string name, Func<string, IWeightSource> open)
    {
        if (_shards.TryGetValue(name, out IWeightSource? known))
        {
            return known;
        }

        // A shard is a plain file name: no folder, no "..", nothing absolute.
        if (name.Length == 0 || name != System.IO.Path.GetFileName(name) || name is "." or ".." || name.Contains('\\', StringComparison.Ordinal) || _shards.Count == MaximumShards)
        {
            Throw.Malformed(indexPath, $"shard name '{name}': expected the name of a file beside the index, at most {MaximumShards} of them");
        }

        string path = System.IO.Path.Combine(Path, name);
        if (!File.Exists(path))
        {
            Throw.Malformed(indexPath, $"shard '{name}' is missing");
        }

        return _shards[name] = open(path);
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaximumIndexBytes)
            {
                Throw.Malformed(path, $"a weight index of {new FileInfo(path).Length} bytes: at most {MaximumIndexBytes} are read");
            }

            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            return json.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotOpen(path, error);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            Throw.Malformed(path, $"not a weight index with a 'weight_map' of tensor to file: {error.Message}", null, error);
        }

        return [];
    }
}
