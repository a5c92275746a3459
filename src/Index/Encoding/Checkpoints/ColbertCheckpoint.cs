using Jmlr.Index.Encoding.Bert;
using Jmlr.Models.Packaging;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Encoding;

/// <summary>Opens the late-interaction checkpoints people have: our model folder, a colbert-ai folder (<c>artifact.metadata</c>), a PyLate folder (<c>modules.json</c>).</summary>
public static class ColbertCheckpoint
{
    internal const string Projection = "linear.weight";

    /// <summary>Opens <paramref name="folder"/>, recognised by what it holds.</summary>
    public static ColbertEncoder Open(string folder, EncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (File.Exists(Path.Combine(folder, ModelFolder.ManifestName)))
        {
            return Open(ModelFolder.Open(folder), options);
        }

        if (File.Exists(Path.Combine(folder, PyLateFolder.Modules)))
        {
            return Make(PyLateFolder.Read(folder), options);
        }

        if (File.Exists(Path.Combine(folder, ColbertFolder.Metadata)))
        {
            return Make(ColbertFolder.Read(folder), options);
        }

        Throw.Checkpoint(folder, $"no late-interaction checkpoint: looked for {ModelFolder.ManifestName}, {PyLateFolder.Modules} (PyLate) and {ColbertFolder.Metadata} (colbert-ai)");
        return null!;
    }

    /// <summary>
    /// Opens our model folder; its parts are checked first. A projection that the manifest does not name is looked for in the encoder's own file; where there is none,
    /// the hidden states themselves are the token vectors.
    /// </summary>
    public static ColbertEncoder Open(ModelFolder model, EncoderOptions options) => OpenModel(model, options, projected: true);

    /// <summary>Opens the encoder of our model folder before its projection: the token vectors are the hidden states, [tokens, hidden], unit length.</summary>
    public static ColbertEncoder OpenUnprojected(ModelFolder model, EncoderOptions options) => OpenModel(model, options, projected: false);

    private static ColbertEncoder OpenModel(ModelFolder model, EncoderOptions options, bool projected)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        return Make(JmlrFolder.Read(model, projected), options);
    }

    private static ColbertEncoder Make(CheckpointPlan plan, EncoderOptions options)
    {
        if (options.Device != TorchRuntime.Processor)
        {
            _ = TorchRuntime.Device(options.Device); // one that is not there is told before anything is read
        }

        BertConfiguration configuration = BertConfiguration.Read(Path.Combine(plan.Encoder, "config.json"));
        Check(plan, configuration);
        bool brain = PrecisionChoice.UseBrain(options.Precision, options.Threads);
        float[] projection = plan.Projection is null ? Identity(configuration.HiddenSize) : ReadProjection(plan.Projection, configuration.HiddenSize);
        var bert = new BertFile(WeightSource.Open(plan.Encoder), configuration);
        return new ColbertEncoder(new ColbertParts(plan.Tokenizer, plan.Settings, bert, projection, brain, options.Device, options.Threads, plan.Hash));
    }

    private static void Check(CheckpointPlan plan, BertConfiguration configuration)
    {
        ColbertSettings settings = plan.Settings;
        if (settings.PassageLength > configuration.MaximumPositions || settings.QueryLength > configuration.MaximumPositions)
        {
            Throw.Checkpoint(plan.Encoder, $"lengths {settings.QueryLength} and {settings.PassageLength} exceed the encoder's {configuration.MaximumPositions} positions");
        }

        if (settings.PassageLength <= settings.PassageExtra || settings.QueryLength <= settings.QueryExtra)
        {
            Throw.Checkpoint(plan.Encoder, $"lengths {settings.QueryLength} and {settings.PassageLength} leave no room for words beside {settings.QueryExtra} and {settings.PassageExtra} marks");
        }

        if (plan.Tokenizer.VocabularySize > configuration.VocabularySize)
        {
            Throw.Checkpoint(plan.Encoder, $"{plan.Tokenizer.VocabularySize} tokens in the vocabulary, but the encoder has {configuration.VocabularySize}");
        }
    }

    /// <summary><c>linear.weight</c> [dim, hidden].</summary>
    private static float[] ReadProjection(string path, int hidden)
    {
        using IWeightSource source = WeightSource.Open(path);
        if (!source.Tensors.TryGetValue(Projection, out TensorInfo? info) || info.Shape.Count != 2 || info.Shape[1] != hidden || info.Shape[0] is < 1 or > 4096)
        {
            Throw.Checkpoint(path, $"'{Projection}' of shape [dim, {hidden}] is needed, found {(info is null ? "none" : $"[{string.Join(", ", info.Shape)}]")}");
        }

        float[] values = new float[info.ElementCount];
        source.ReadFloat32(Projection, values);
        return values;
    }

    private static float[] Identity(int size)
    {
        float[] values = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            values[(i * size) + i] = 1;
        }

        return values;
    }
}
