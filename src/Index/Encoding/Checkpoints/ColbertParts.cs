using Jmlr.Index.Encoding.Bert;
using Jmlr.Models.Tokenizers.WordPiece;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>What a checkpoint is read into.</summary>
sealed record ColbertParts(WordPieceTokenizer Tokenizer, ColbertSettings Settings, BertEncoder Bert, Tensor Projection, Device Device, string Precision, string Hash);
