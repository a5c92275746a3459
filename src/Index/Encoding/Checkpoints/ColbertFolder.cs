using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>A colbert-ai checkpoint: BERT and <c>linear.weight</c> in one file, settings in <c>artifact.metadata</c> (<c>colbert/infra/config/base_config.py</c>).</summary>
static class ColbertFolder
{
    internal const string Metadata = "artifact.metadata";

    /// <summary>Longest text taken from any checkpoint, in tokens.</summary>
    internal const int LongestText = 100_000;

    internal static CheckpointPlan Read(string folder)
    {
        using CheckpointJson json = CheckpointJson.ReadObject(Path.Combine(folder, Metadata));
        var tokenizer = WordPieceTokenizer.FromFolder(folder);
        var settings = new ColbertSettings(
            Marker(tokenizer, json.Text("query_token_id", "[unused0]"), json.Path), Marker(tokenizer, json.Text("doc_token_id", "[unused1]"), json.Path),
            json.Integer("query_maxlen", 4, LongestText, 32), json.Integer("doc_maxlen", 4, LongestText, 220), json.Flag("attend_to_mask_tokens", false), ExpandQueries: true,
            json.Flag("mask_punctuation", true) ? ColbertSettings.Punctuation(tokenizer) : []);
        return CheckpointPlan.Of(folder, folder, tokenizer, settings);
    }

    /// <summary>Id of a marker token.</summary>
    internal static int Marker(WordPieceTokenizer tokenizer, string token, string path) =>
        tokenizer.TryGetId(token, out int id) ? id : Throw.NoSuchToken(path, token);
}
