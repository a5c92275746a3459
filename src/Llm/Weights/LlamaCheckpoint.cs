using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Jmlr.Llm.Adapters;
using Jmlr.Llm.Configuration;
using Jmlr.Llm.Memory;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Weights;

/// <summary>Weights of a Llama model by role, whatever names and row order the file uses; shapes are checked against the configuration.</summary>
sealed class LlamaCheckpoint : IDisposable
{
    private readonly IWeightSource _source;
    private readonly bool _gguf;
    private readonly int _storedVocabulary;
    private LoraAdapter? _adapter;
    private NativeBuffer? _merged;

    private LlamaCheckpoint(IWeightSource source, LlamaConfiguration configuration)
    {
        _source = source;
        _gguf = source is GgufFile;
        Configuration = configuration;
        _storedVocabulary = configuration.VocabularySize;
    }

    /// <summary>Shape of the model.</summary>
    internal LlamaConfiguration Configuration { get; private set; }

    /// <summary>File or folder.</summary>
    internal string Path => _source.Path;

    /// <summary>The weights as stored.</summary>
    internal IWeightSource Source => _source;

    /// <summary>Opens a GGUF file or a Hugging Face folder (config.json with safetensors or PyTorch shards) and checks that every tensor is there.</summary>
    internal static LlamaCheckpoint Open(string path)
    {
        bool folder = Directory.Exists(path);
        string config = System.IO.Path.Combine(folder ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, "config.json");

        // The configuration is small and tells at once whether this is a model we run: read it before the weights.
        LlamaConfiguration? configuration = folder && File.Exists(config) ? HuggingFaceConfiguration.Read(config) : null;
        IWeightSource source = WeightSource.Open(path);
        try
        {
            var checkpoint = new LlamaCheckpoint(source, source is GgufFile gguf ? GgufConfiguration.Read(gguf) : configuration ?? HuggingFaceConfiguration.Read(config));
            checkpoint.Check();
            return checkpoint;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Weights that lie in no file, by their Hugging Face names.</summary>
    internal static LlamaCheckpoint Of(IWeightSource source, LlamaConfiguration configuration)
    {
        var checkpoint = new LlamaCheckpoint(source, ConfigurationCheck.Require(configuration, source.Path));
        checkpoint.Check();
        return checkpoint;
    }

    /// <summary>Name of a tensor in this file.</summary>
    internal string NameOf(LlamaTensor tensor, int layer = 0) =>
        _gguf ? LlamaTensorNames.Gguf(tensor, layer) : LlamaTensorNames.HuggingFace(tensor, layer);

    /// <summary>Runs the weights with other settings of the same shape.</summary>
    internal void Change(LlamaConfiguration configuration) => Configuration = ConfigurationCheck.Require(configuration, Path);

    /// <summary>Merges a LoRA folder into everything read from here on; a name or shape that does not fit the model is refused.</summary>
    internal void Attach(string adapterPath)
    {
        _adapter = LoraAdapter.Open(adapterPath);
        Configuration = AdapterFit.Require(_adapter, Configuration);
    }

    /// <summary>Stored type of a matrix; fp32 where an adapter changes it.</summary>
    internal TensorType TypeOf(LlamaTensor tensor, int layer = 0) =>
        IsMerged(tensor, layer) ? TensorType.F32 : _source.Tensors[NameOf(tensor, layer)].Type;

    /// <summary>A matrix in place, valid until the next call.</summary>
    internal unsafe SourceMatrix Matrix(LlamaTensor tensor, int layer = 0)
    {
        (int rows, int columns) = LlamaShapes.Of(Configuration, tensor);
        string name = NameOf(tensor, layer);
        var stored = new SourceMatrix(
            name, _source.Tensors[name].Type, tensor is LlamaTensor.Embedding or LlamaTensor.Output ? _storedVocabulary : rows, columns,
            // Mapped memory does not move before disposal.
            (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_source.GetBytes(name))),
            _gguf && tensor is (LlamaTensor.Query or LlamaTensor.Key) ? Configuration.HeadSize : 0);
        if (!IsMerged(tensor, layer))
        {
            return stored;
        }

        _merged?.Dispose();
        _merged = MergedMatrix.Build(stored, _adapter!, LlamaTensorNames.HuggingFace(tensor, layer), rows);
        return new SourceMatrix(name, TensorType.F32, rows, columns, (nint)_merged.Pointer, 0);
    }

    /// <summary>True when a bias is added to what the matrix gives.</summary>
    internal bool HasBias(LlamaTensor tensor, int layer) => MayHaveBias(tensor) && _source.Tensors.ContainsKey(LlamaTensorNames.Bias(NameOf(tensor, layer)));

    /// <summary>Widens a bias [rows], in the order of Hugging Face.</summary>
    internal void ReadBias(LlamaTensor tensor, int layer, Span<float> destination)
    {
        string name = LlamaTensorNames.Bias(NameOf(tensor, layer));
        _source.ReadFloat32(name, destination);
        RequireFinite(name, destination);
        if (_gguf && tensor is LlamaTensor.Query or LlamaTensor.Key)
        {
            float[] stored = destination.ToArray();
            for (int row = 0; row < stored.Length; row++)
            {
                destination[row] = stored[SourceMatrix.StoredRow(row, Configuration.HeadSize)];
            }
        }
    }

    /// <summary>Widens a norm.</summary>
    internal void ReadVector(LlamaTensor tensor, int layer, Span<float> destination)
    {
        string name = NameOf(tensor, layer);
        if (_adapter?.Replacement(LlamaTensorNames.HuggingFace(tensor, layer)) is not null)
        {
            _adapter.ReadReplacement(LlamaTensorNames.HuggingFace(tensor, layer), destination);
        }
        else
        {
            _source.ReadFloat32(name, destination);
        }

        RequireFinite(name, destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _merged?.Dispose();
        _adapter?.Dispose();
        _source.Dispose();
    }

    private void RequireFinite(string name, ReadOnlySpan<float> values)
    {
        if (!TensorPrimitives.IsFiniteAll(values))
        {
            Throw.Data(Path, $"tensor '{name}' holds a value that is not finite");
        }
    }

    private bool MayHaveBias(LlamaTensor tensor) => tensor switch
    {
        LlamaTensor.Query or LlamaTensor.Key or LlamaTensor.Value or LlamaTensor.AttentionOutput => Configuration.AttentionBias,
        LlamaTensor.Gate or LlamaTensor.Up or LlamaTensor.Down => Configuration.FeedForwardBias,
        _ => false,
    };

    private bool IsMerged(LlamaTensor tensor, int layer)
    {
        string name = LlamaTensorNames.HuggingFace(tensor, layer);
        return _adapter is not null && (_adapter.Pairs.ContainsKey(name) || _adapter.Replacement(name) is not null
            || (tensor is LlamaTensor.Embedding or LlamaTensor.Output && Configuration.VocabularySize != _storedVocabulary));
    }

    private void Check()
    {
        LlamaConfiguration c = Configuration;
        Check(LlamaTensor.Embedding, 0);
        Check(LlamaTensor.OutputNorm, 0);
        if (!c.TiedEmbedding)
        {
            Check(LlamaTensor.Output, 0);
        }

        for (int layer = 0; layer < c.LayerCount; layer++)
        {
            Check(LlamaTensor.AttentionNorm, layer);
            Check(LlamaTensor.FeedForwardNorm, layer);
            foreach (LlamaTensor tensor in LlamaShapes.BlockMatrices)
            {
                Check(tensor, layer);
            }
        }

        if (_gguf)
        {
            RefuseOtherBiases();
        }
    }

    // A bias that nothing here adds would silently be left out.
    private void RefuseOtherBiases()
    {
        HashSet<string> known =
        [
            .. Enumerable.Range(0, Configuration.LayerCount).SelectMany(layer => LlamaShapes.BlockMatrices.Select(tensor => LlamaTensorNames.Bias(NameOf(tensor, layer)))),
        ];
        if (_source.Tensors.Keys.FirstOrDefault(name => name.EndsWith(".bias", StringComparison.Ordinal) && !known.Contains(name)) is string bias)
        {
            Throw.Data(Path, $"tensor '{bias}': a bias is supported on the matrices of attention and feed-forward network only");
        }
    }

    private void CheckBias(LlamaTensor tensor, int layer, int rows)
    {
        string name = LlamaTensorNames.Bias(NameOf(tensor, layer));
        if (!_source.Tensors.TryGetValue(name, out TensorInfo? info))
        {
            // config.json promises all of them; a GGUF file has what it has.
            if (!_gguf)
            {
                Throw.Data(Path, $"no tensor '{name}'");
            }
        }
        else if (!info.Shape.SequenceEqual([rows]))
        {
            Throw.Data(Path, $"tensor '{name}' is [{string.Join(", ", info.Shape)}], expected [{rows}]");
        }
    }

    private void Check(LlamaTensor tensor, int layer)
    {
        string name = NameOf(tensor, layer);
        if (!_source.Tensors.TryGetValue(name, out TensorInfo? info))
        {
            Throw.Data(Path, $"no tensor '{name}'");
        }

        (int rows, int columns) = LlamaShapes.Of(Configuration, tensor);
        bool vector = tensor is LlamaTensor.AttentionNorm or LlamaTensor.FeedForwardNorm or LlamaTensor.OutputNorm;
        if (!(vector ? info.Shape.SequenceEqual([columns]) : info.Shape.SequenceEqual([rows, columns])))
        {
            Throw.Data(Path, $"tensor '{name}' is [{string.Join(", ", info.Shape)}], expected {(vector ? $"[{columns}]" : $"[{rows}, {columns}]")}");
        }

        if (TileFormatChoice.Of(info.Type, columns, reference: false) is null)
        {
            Throw.Data(Path, $"tensor '{name}' is {info.Type}; a floating-point or quantised type is needed");
        }

        if (columns % TensorTypes.BlockSize(info.Type) != 0)
        {
            Throw.Data(Path, $"tensor '{name}': {columns} columns are no multiple of the block of {info.Type}");
        }

        if (MayHaveBias(tensor))
        {
            CheckBias(tensor, layer, rows);
        }
    }
}
