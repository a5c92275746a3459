namespace Jmlr.Index.Encoding.Bert;

/// <summary>Names of the parts of one layer in a checkpoint; each has a weight and a bias.</summary>
sealed class BertLayerNames(string layer)
{
    /// <summary>Queries, keys, values: joined into one matrix when read.</summary>
    internal string[] Attention { get; } = [$"{layer}attention.self.query", $"{layer}attention.self.key", $"{layer}attention.self.value"];

    internal string Output { get; } = layer + "attention.output.dense";

    internal string OutputNorm { get; } = layer + "attention.output.LayerNorm";

    internal string Intermediate { get; } = layer + "intermediate.dense";

    internal string Final { get; } = layer + "output.dense";

    internal string FinalNorm { get; } = layer + "output.LayerNorm";

    /// <summary>Names of all parts.</summary>
    internal IEnumerable<string> All => [.. Attention, Output, OutputNorm, Intermediate, Final, FinalNorm];
}
