using Jmlr.Index.Encoding.Bert;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Index.Encoding;

/// <summary>What a checkpoint is opened to; the weights are read when a way of encoding is first taken.</summary>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Settings">Markers, lengths, skip list.</param>
/// <param name="Bert">Weights of the encoder.</param>
/// <param name="Projection">[dimension, hidden].</param>
/// <param name="IsBrain">Whether weights and activations shall be bf16; otherwise fp32.</param>
/// <param name="Device">"cpu", or a device of libtorch that is there.</param>
/// <param name="Threads">Threads to encode with.</param>
/// <param name="Hash">Identity of the checkpoint.</param>
sealed record ColbertParts(WordPieceTokenizer Tokenizer, ColbertSettings Settings, BertFile Bert, float[] Projection, bool IsBrain, string Device, int Threads, string Hash)
{
    /// <summary>Dimension of a token vector.</summary>
    internal int Dimension => Projection.Length / Bert.Configuration.HiddenSize;
}
