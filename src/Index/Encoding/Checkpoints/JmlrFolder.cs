using Jmlr.Models.Files;
using Jmlr.Models.Packaging;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Encoding;

/// <summary>The retriever of our own model folder. Its parts are checked against the manifest before they are read.</summary>
static class JmlrFolder
{
    /// <summary>Reads the settings; <paramref name="projected"/> false leaves the projection out, so that the hidden states are the token vectors.</summary>
    internal static CheckpointPlan Read(ModelFolder model, bool projected)
    {
        RetrieverSettings settings = model.Manifest.Retriever;
        string encoder = model.Resolve(settings.Folder);
        string? projection = projected ? settings.Projection is string file ? model.Resolve(file) : OwnProjection(encoder) : null;
        string[] roles = projection is null || projection == encoder ? ["retriever"] : ["retriever", "projection"];
        model.Verify(roles);
        var tokenizer = WordPieceTokenizer.FromFolder(encoder);
        string manifest = Path.Combine(model.Path, ModelFolder.ManifestName);
        var colbert = new ColbertSettings(
            Marker(settings.QueryMarker), Marker(settings.PassageMarker), settings.QueryLength, settings.PassageLength,
            settings.AttendToMask, settings.ExpandQueries, ColbertSettings.Punctuation(tokenizer));
        string hash = ContentHash.Of(
            $"jmlr {model.HashOf(roles)} {projection is not null} {settings.QueryLength} {settings.PassageLength} {settings.AttendToMask} {settings.ExpandQueries} {settings.QueryMarker} {settings.PassageMarker}");
        return new CheckpointPlan(encoder, projection, tokenizer, colbert, hash);
        int? Marker(string token) => token.Length == 0 ? null : ColbertFolder.Marker(tokenizer, token, manifest);
    }

    /// <summary>The encoder's folder when its file holds a projection, as colbert-ai's do; otherwise null.</summary>
    private static string? OwnProjection(string encoder)
    {
        using IWeightSource weights = WeightSource.Open(encoder);
        return weights.Tensors.ContainsKey(ColbertCheckpoint.Projection) ? encoder : null;
    }
}
