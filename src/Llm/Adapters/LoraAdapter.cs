using Jmlr.Models.Weights;

namespace Jmlr.Llm.Adapters;

/// <summary>Two small matrices whose product is added to a weight: delta = scale x B [out, rank] x A [rank, in].</summary>
sealed record LoraPair(float[] A, float[] B, int Rank, int Inputs, int Outputs, double Scale);

/// <summary>
/// A PEFT LoRA folder: pairs, whole modules saved with it, and LongLoRA's <c>trainable_params.bin</c> (embeddings and norms trained in full), as the released
/// JMLR checkpoint has them. Names are those of the Hugging Face model.
/// </summary>
sealed class LoraAdapter : IDisposable
{
    private const string Prefix = "base_model.model.";
    private readonly List<IWeightSource> _sources = [];
    private readonly Dictionary<string, LoraPair> _pairs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (IWeightSource Source, TensorInfo Tensor)> _whole = new(StringComparer.Ordinal);

    private LoraAdapter(string path) => Path = path;

    /// <summary>The folder.</summary>
    internal string Path { get; }

    /// <summary>Weights that get a product added, by name ("model.layers.0.self_attn.q_proj.weight").</summary>
    internal IReadOnlyDictionary<string, LoraPair> Pairs => _pairs;

    /// <summary>Names of the weights that are replaced.</summary>
    internal IReadOnlyCollection<string> Replaced => _whole.Keys;

    /// <summary>Reads a folder; ranks and shapes are checked.</summary>
    internal static LoraAdapter Open(string path)
    {
        var adapter = new LoraAdapter(path);
        try
        {
            var settings = AdapterSettings.Read(System.IO.Path.Combine(path, "adapter_config.json"));
            string trainable = System.IO.Path.Combine(path, "trainable_params.bin");
            if (File.Exists(trainable))
            {
                adapter.Read(trainable, settings);
            }

            adapter.Read(path, settings);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>The tensor that replaces <paramref name="name"/>, or null.</summary>
    internal TensorInfo? Replacement(string name) => _whole.TryGetValue(name, out (IWeightSource Source, TensorInfo Tensor) entry) ? entry.Tensor : null;

    /// <summary>Widens a replacement.</summary>
    internal void ReadReplacement(string name, Span<float> destination) => _whole[name].Source.ReadFloat32(_whole[name].Tensor.Name, destination);

    /// <inheritdoc/>
    public void Dispose() => _sources.ForEach(source => source.Dispose());

    private void Read(string file, AdapterSettings settings)
    {
        IWeightSource source = WeightSource.Open(file);
        _sources.Add(source);
        foreach (TensorInfo tensor in source.Tensors.Values)
        {
            // "base_layer" is a weight saved beside its own adapter; "default" is the adapter's name, which PEFT drops on saving.
            string name = Bare(tensor.Name);
            if (name.EndsWith(".lora_A.weight", StringComparison.Ordinal))
            {
                AddPair(source, tensor, name[..^".lora_A.weight".Length], settings);
            }
            else if (name.EndsWith(".lora_B.weight", StringComparison.Ordinal))
            {
                string partner = name[..^".lora_B.weight".Length] + ".lora_A.weight";
                if (!source.Tensors.Keys.Any(key => Bare(key) == partner))
                {
                    Throw.Data(file, $"tensor '{tensor.Name}' has no lora_A beside it");
                }
            }
            else if (name.Contains(".lora_", StringComparison.Ordinal))
            {
                Throw.Data(file, $"tensor '{tensor.Name}': only lora_A and lora_B are supported");
            }
            else if (!name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal))
            {
                _whole[name] = (source, tensor);
            }
        }
    }

    private static string Bare(string name)
    {
        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        return bare.Replace(".default.", ".", StringComparison.Ordinal).Replace(".base_layer.", ".", StringComparison.Ordinal).Replace(".modules_to_save.", ".", StringComparison.Ordinal);
    }

    private void AddPair(IWeightSource source, TensorInfo a, string module, AdapterSettings settings)
    {
        string partner = a.Name.Replace("lora_A", "lora_B", StringComparison.Ordinal);
        if (!source.Tensors.TryGetValue(partner, out TensorInfo? b))
        {
            Throw.Data(source.Path, $"tensor '{a.Name}' has no lora_B beside it");
        }

        int rank = settings.RankOf(module);
        if (a.Shape.Count != 2 || b.Shape.Count != 2 || a.Shape[0] != rank || b.Shape[1] != rank)
        {
            Throw.Data(source.Path, $"'{module}': lora_A [{string.Join(", ", a.Shape)}] and lora_B [{string.Join(", ", b.Shape)}] do not fit rank {rank}");
        }

        float[] first = new float[a.ElementCount], second = new float[b.ElementCount];
        source.ReadFloat32(a.Name, first);
        source.ReadFloat32(b.Name, second);
        double scale = settings.ScaleOf(module);
        if (!double.IsFinite(scale))
        {
            Throw.Data(source.Path, $"'{module}': the scale of the adapter is not finite");
        }

        _pairs[module + ".weight"] = new LoraPair(first, second, rank, (int)a.Shape[1], (int)b.Shape[0], scale);
    }
}
