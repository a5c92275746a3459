using System.Text.Json;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>A PyLate checkpoint: sentence-transformers layout with one linear module, prefixes as added tokens (<c>pylate/models/colbert.py</c>).</summary>
static class PyLateFolder
{
    internal const string Modules = "modules.json";

    internal static CheckpointPlan Read(string folder)
    {
        string dense = DenseFolder(folder);
        using CheckpointJson json = CheckpointJson.ReadObject(Path.Combine(folder, "config_sentence_transformers.json"));
        var tokenizer = WordPieceTokenizer.FromFolder(folder);
        var settings = new ColbertSettings(
            ColbertFolder.Marker(tokenizer, json.Text("query_prefix", "[Q] "), json.Path), ColbertFolder.Marker(tokenizer, json.Text("document_prefix", "[D] "), json.Path),
            json.Integer("query_length", 4, ColbertFolder.LongestText, 32), json.Integer("document_length", 4, ColbertFolder.LongestText, 180),
            json.Flag("attend_to_expansion_tokens", false), json.Flag("do_query_expansion", true), ColbertSettings.FirstTokens(tokenizer, json.Texts("skiplist_words")));
        return CheckpointPlan.Of(folder, dense, tokenizer, settings);
    }

    /// <summary>Folder of the projection. What is not exactly one linear map is refused rather than left out.</summary>
    private static string DenseFolder(string folder)
    {
        using CheckpointJson modules = CheckpointJson.Read(Path.Combine(folder, Modules));
        if (modules.Root.ValueKind != JsonValueKind.Array)
        {
            Throw.Checkpoint(modules.Path, $"a list of modules is needed, found {modules.Root.ValueKind}");
        }

        string? dense = null;
        foreach (JsonElement module in modules.Root.EnumerateArray())
        {
            string type = modules.Text(module, "type", ""), path = modules.Text(module, "path", "");
            switch (type[(type.LastIndexOf('.') + 1)..])
            {
                case "Transformer" when path.Length == 0:
                case "Normalize":
                    break;
                case "Dense" when dense is null && path.Length > 0 && path == Path.GetFileName(path) && path is not ("." or ".."):
                    dense = Path.Combine(folder, path);
                    break;
                default:
                    Throw.Checkpoint(modules.Path, $"module '{type}' at '{path}': one Transformer at the root and one Dense below it are supported");
                    break;
            }
        }

        if (dense is null)
        {
            Throw.Checkpoint(modules.Path, "no Dense module: the projection is missing");
        }

        CheckDense(dense);
        return dense;
    }

    private static void CheckDense(string dense)
    {
        string path = Path.Combine(dense, "config.json");
        if (!File.Exists(path))
        {
            return;
        }

        using CheckpointJson json = CheckpointJson.ReadObject(path);
        string activation = json.Text("activation_function", "torch.nn.modules.linear.Identity");
        if (json.Flag("bias", false) || json.Flag("use_residual", false) || !activation.EndsWith(".Identity", StringComparison.Ordinal))
        {
            Throw.Checkpoint(path, $"a projection with bias, residual or activation '{activation}': only a plain linear one is supported");
        }
    }
}
