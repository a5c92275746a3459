using System.Text.Json;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Models.Files;
using Jmlr.Models.Packaging;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>Opens the late-interaction checkpoints people have: our model folder, a colbert-ai folder (<c>artifact.metadata</c>), a PyLate folder (<c>modules.json</c>).</summary>
public static class ColbertCheckpoint
{
    private const string Projection = "linear.weight";

    /// <summary>Opens <paramref name="folder"/>, recognised by what it holds.</summary>
    public static ColbertEncoder Open(string folder, EncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (File.Exists(Path.Combine(folder, ModelFolder.ManifestName)))
        {
            return Open(ModelFolder.Open(folder), options);
        }

        if (File.Exists(Path.Combine(folder, "modules.json")))
        {
            return OpenPyLate(folder, options);
        }

        if (File.Exists(Path.Combine(folder, "artifact.metadata")))
        {
            return OpenColbert(folder, options);
        }

        Throw.Checkpoint(folder, $"no late-interaction checkpoint: looked for {ModelFolder.ManifestName}, modules.json (PyLate) and artifact.metadata (colbert-ai)");
        return null!;
    }

    /// <summary>Opens our model folder; its parts are checked first. Without a projection the hidden states themselves are the token vectors.</summary>
    public static ColbertEncoder Open(ModelFolder model, EncoderOptions options) => Open(model, options, model?.Manifest.Retriever.Projection);

    /// <summary>Opens the encoder of our model folder before its projection: the token vectors are the hidden states, [tokens, hidden], unit length.</summary>
    public static ColbertEncoder OpenUnprojected(ModelFolder model, EncoderOptions options) => Open(model, options, projection: null);

    private static ColbertEncoder Open(ModelFolder model, EncoderOptions options, string? projection)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        model.Verify(projection is null ? ["retriever"] : ["retriever", "projection"]);
        RetrieverSettings settings = model.Manifest.Retriever;
        string encoder = model.Resolve(settings.Folder);
        var tokenizer = WordPieceTokenizer.FromFolder(encoder);
        var colbert = new ColbertSettings(
            tokenizer.Unused0, tokenizer.Unused1, settings.QueryLength, settings.PassageLength, settings.AttendToMask, ExpandQueries: true, ColbertSettings.Punctuation(tokenizer));
        string hash = ContentHash.Of($"jmlr {model.HashOf(projection is null ? ["retriever"] : ["retriever", "projection"])} {settings.QueryLength} {settings.PassageLength} {settings.AttendToMask}");
        return Make(encoder, projection is null ? null : model.Resolve(projection), tokenizer, colbert, hash, options);
    }

    private static ColbertEncoder OpenColbert(string folder, EncoderOptions options)
    {
        using JsonDocument metadata = ReadJson(Path.Combine(folder, "artifact.metadata"));
        JsonElement root = metadata.RootElement;
        var tokenizer = WordPieceTokenizer.FromFolder(folder);
        var settings = new ColbertSettings(
            tokenizer.IdOf(Text(root, "query_token_id", "[unused0]")), tokenizer.IdOf(Text(root, "doc_token_id", "[unused1]")),
            Length(root, "query_maxlen", 32, folder), Length(root, "doc_maxlen", 220, folder), Flag(root, "attend_to_mask_tokens", false), ExpandQueries: true,
            Flag(root, "mask_punctuation", true) ? ColbertSettings.Punctuation(tokenizer) : []);
        return Make(folder, folder, tokenizer, settings, FolderHash(folder), options);
    }

    private static ColbertEncoder OpenPyLate(string folder, EncoderOptions options)
    {
        using JsonDocument configuration = ReadJson(Path.Combine(folder, "config_sentence_transformers.json"));
        using JsonDocument modules = ReadJson(Path.Combine(folder, "modules.json"));
        JsonElement root = configuration.RootElement;
        string dense = modules.RootElement.EnumerateArray()
            .Where(module => Text(module, "type", "").EndsWith(".Dense", StringComparison.Ordinal)).Select(module => Text(module, "path", "")).FirstOrDefault() ?? "1_Dense";
        if (dense != Path.GetFileName(dense))
        {
            Throw.Checkpoint(folder, $"module path '{dense}' leaves the folder");
        }

        var tokenizer = WordPieceTokenizer.FromFolder(folder);
        string[] skip = root.TryGetProperty("skiplist_words", out JsonElement words) ? [.. words.EnumerateArray().Select(word => word.GetString() ?? "")] : [];
        var settings = new ColbertSettings(
            tokenizer.IdOf(Text(root, "query_prefix", "[Q] ")), tokenizer.IdOf(Text(root, "document_prefix", "[D] ")), Length(root, "query_length", 32, folder),
            Length(root, "document_length", 180, folder), Flag(root, "attend_to_expansion_tokens", false), Flag(root, "do_query_expansion", true), ColbertSettings.FirstTokens(tokenizer, skip));
        return Make(folder, Path.Combine(folder, dense), tokenizer, settings, FolderHash(folder), options);
    }

    private static ColbertEncoder Make(string encoder, string? projection, WordPieceTokenizer tokenizer, ColbertSettings settings, string hash, EncoderOptions options)
    {
        TorchRuntime.Start(options.Threads);
        BertConfiguration configuration = BertConfiguration.Read(Path.Combine(encoder, "config.json"));
        if (settings.PassageLength > configuration.MaximumPositions || settings.QueryLength > configuration.MaximumPositions)
        {
            Throw.Checkpoint(encoder, $"lengths {settings.QueryLength} and {settings.PassageLength} exceed the encoder's {configuration.MaximumPositions} positions");
        }

        bool brain = options.Precision == EncoderPrecision.Bf16 || (options.Precision == EncoderPrecision.Fastest && PrecisionChoice.BrainIsFaster(options.Threads));
        Device place = device(options.Device);
        using IWeightSource weights = WeightSource.Open(encoder);
        var bert = new BertEncoder(configuration, new BertWeights(weights, configuration, brain ? bfloat16 : float32, place));
        Tensor matrix = projection is null ? eye(configuration.HiddenSize, dtype: float32).DetachFromDisposeScope() : ReadProjection(projection, configuration.HiddenSize);
        return new ColbertEncoder(new ColbertParts(tokenizer, settings, bert, matrix.to(place), place, brain ? "bf16" : "fp32", hash), options.Threads);
    }

    /// <summary><c>linear.weight</c> [dim, hidden], transposed to [hidden, dim].</summary>
    private static Tensor ReadProjection(string path, int hidden)
    {
        using IWeightSource source = WeightSource.Open(path);
        if (!source.Tensors.TryGetValue(Projection, out TensorInfo? info) || info.Shape.Count != 2 || info.Shape[1] != hidden || info.Shape[0] is < 1 or > 4096)
        {
            Throw.Checkpoint(path, $"'{Projection}' of shape [dim, {hidden}] is needed, found {(info is null ? "none" : $"[{string.Join(", ", info.Shape)}]")}");
        }

        float[] values = new float[info.ElementCount];
        source.ReadFloat32(Projection, values);
        using var scope = NewDisposeScope();
        return tensor(values, info.Shape[0], info.Shape[1]).t().contiguous().MoveToOuterDisposeScope();
    }

    private static string FolderHash(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".safetensors" or ".bin" or ".txt" or ".json" or ".metadata")];
        return ContentHash.Of(string.Join('\n', files.Order(StringComparer.Ordinal).Select(file => $"{Path.GetRelativePath(folder, file)} {ContentHash.OfFile(file)}")));
    }

    private static JsonDocument ReadJson(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            Throw.Checkpoint(path, $"cannot be read as JSON: {error.Message}");
            return null!;
        }
    }

    private static string Text(JsonElement root, string name, string otherwise) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;

    private static bool Flag(JsonElement root, string name, bool otherwise) =>
        root.TryGetProperty(name, out JsonElement value) ? value.ValueKind == JsonValueKind.True : otherwise;

    private static int Length(JsonElement root, string name, int otherwise, string folder)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
        {
            return otherwise;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int length) || length is < 4 or > 100_000)
        {
            Throw.Checkpoint(folder, $"'{name}' is {value.GetRawText()}: a whole number from 4 to 100000 is needed");
            return 0;
        }

        return length;
    }
}
