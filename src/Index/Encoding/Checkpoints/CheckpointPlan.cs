using Jmlr.Models.Files;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>What a checkpoint folder says, before any weight is read.</summary>
/// <param name="Encoder">Folder of BERT's weights and <c>config.json</c>.</param>
/// <param name="Projection">File or folder of <c>linear.weight</c>; null when the hidden states themselves are the token vectors.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Settings">Markers, lengths, skip list.</param>
/// <param name="Hash">Identity of all of it.</param>
sealed record CheckpointPlan(string Encoder, string? Projection, WordPieceTokenizer Tokenizer, ColbertSettings Settings, string Hash)
{
    /// <summary>A plan whose hash covers the bytes of weights, projection and configuration, the vocabulary and every setting.</summary>
    internal static CheckpointPlan Of(string encoder, string projection, WordPieceTokenizer tokenizer, ColbertSettings settings)
    {
        IEnumerable<string> files = new[] { encoder, projection }.Distinct().SelectMany(folder => Directory.EnumerateFiles(folder))
            .Where(file => Path.GetExtension(file) is ".safetensors" or ".bin" || Path.GetFileName(file) == "config.json");
        string weights = string.Join('\n', files.Select(file => $"{Path.GetRelativePath(encoder, file)} {ContentHash.OfFile(file)}").Order(StringComparer.Ordinal));
        string skipped = string.Join(' ', settings.Skiplist.Order());
        return new CheckpointPlan(encoder, projection, tokenizer, settings, ContentHash.Of(
            $"{weights}\n{tokenizer.Hash}\n{settings.QueryMarker} {settings.PassageMarker} {settings.QueryLength} {settings.PassageLength} {settings.AttendToMask} {settings.ExpandQueries}\n{skipped}"));
    }
}
