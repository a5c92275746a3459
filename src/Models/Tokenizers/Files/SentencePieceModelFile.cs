using Jmlr.Models.Tokenizers.Vocabulary;

namespace Jmlr.Models.Tokenizers.Files;

/// <summary>Reads <c>tokenizer.model</c> (source: sentencepiece_model.proto). Only BPE models with the identity normaliser are taken.</summary>
static class SentencePieceModelFile
{
    private const int MaxPieces = 1 << 21;
    private const int Bpe = 2;

    /// <summary>Reads a model file.</summary>
    public static GeneratorVocabulary Read(string path) => Parse(TokenizerFiles.ReadAll(path), path);

    /// <summary>Reads the bytes of a model file.</summary>
    public static GeneratorVocabulary Parse(ReadOnlySpan<byte> bytes, string path)
    {
        List<string> tokens = [];
        List<float> scores = [];
        List<TokenKind> kinds = [];
        Trainer trainer = new();
        Normaliser normaliser = new();
        ProtobufReader model = new(bytes, path);
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    ReadPiece(new ProtobufReader(model.Bytes(), path), tokens, scores, kinds, path);
                    break;
                case 2:
                    ReadTrainer(new ProtobufReader(model.Bytes(), path), trainer);
                    break;
                case 3:
                    ReadNormaliser(new ProtobufReader(model.Bytes(), path), normaliser);
                    break;
                default:
                    model.Skip();
                    break;
            }
        }

        Check(tokens.Count, trainer, normaliser, path);
        return new GeneratorVocabulary
        {
            Path = path,
            Family = TokenizerFamily.SentencePieceBpe,
            Tokens = tokens,
            Scores = scores,
            Kinds = kinds,
            AddSpacePrefix = normaliser.AddPrefix,
            RemoveExtraSpaces = normaliser.RemoveExtra,
            AddBegin = trainer.Begin >= 0,
            BeginId = Known(trainer.Begin),
            EndId = Known(trainer.End),
            UnknownId = Known(trainer.Unknown),
        };
    }

    /// <summary>Defaults are those of the proto file.</summary>
    private sealed class Trainer
    {
        public long Type = 1, Unknown, Begin = 1, End = 2;
        public bool SpaceAsSuffix;
    }

    private sealed class Normaliser
    {
        public string Name = "";
        public bool HasCharsMap, AddPrefix = true, RemoveExtra = true, EscapeSpaces = true;
    }

    private static void ReadPiece(ProtobufReader piece, List<string> tokens, List<float> scores, List<TokenKind> kinds, string path)
    {
        string text = "";
        float score = 0;
        long kind = 1;
        while (piece.Next())
        {
            switch (piece.Field)
            {
                case 1:
                    text = piece.Text();
                    break;
                case 2:
                    score = piece.Single();
                    break;
                case 3:
                    kind = piece.Integer();
                    break;
                default:
                    piece.Skip();
                    break;
            }
        }

        if (kind is < 1 or > 6 || tokens.Count == MaxPieces)
        {
            Throw.Data($"piece {tokens.Count} has type {kind}; types 1 to 6 and at most {MaxPieces} pieces are allowed", path);
        }

        tokens.Add(text);
        scores.Add(score);
        kinds.Add((TokenKind)kind);
    }

    private static void ReadTrainer(ProtobufReader from, Trainer to)
    {
        while (from.Next())
        {
            switch (from.Field)
            {
                case 3:
                    to.Type = from.Integer();
                    break;
                case 24:
                    to.SpaceAsSuffix = from.Integer() != 0;
                    break;
                case 40:
                    to.Unknown = (int)from.Integer();
                    break;
                case 41:
                    to.Begin = (int)from.Integer();
                    break;
                case 42:
                    to.End = (int)from.Integer();
                    break;
                default:
                    from.Skip();
                    break;
            }
        }
    }

    private static void ReadNormaliser(ProtobufReader from, Normaliser to)
    {
        while (from.Next())
        {
            switch (from.Field)
            {
                case 1:
                    to.Name = from.Text();
                    break;
                case 2:
                    to.HasCharsMap = from.Bytes().Length > 0;
                    break;
                case 3:
                    to.AddPrefix = from.Integer() != 0;
                    break;
                case 4:
                    to.RemoveExtra = from.Integer() != 0;
                    break;
                case 5:
                    to.EscapeSpaces = from.Integer() != 0;
                    break;
                default:
                    from.Skip();
                    break;
            }
        }
    }

    private static void Check(int pieces, Trainer trainer, Normaliser normaliser, string path)
    {
        if (pieces == 0)
        {
            Throw.Data("not a SentencePiece model: it has no pieces", path);
        }

        if (trainer.Type != Bpe)
        {
            Throw.Data($"SentencePiece model type {trainer.Type}; only 2 (BPE) is allowed", path);
        }

        if (normaliser.HasCharsMap || !normaliser.EscapeSpaces || trainer.SpaceAsSuffix)
        {
            Throw.Data($"SentencePiece normaliser '{Throw.Shown(normaliser.Name)}'; only 'identity' with spaces in front is allowed", path);
        }

        if (trainer.Unknown >= pieces || trainer.Begin >= pieces || trainer.End >= pieces)
        {
            Throw.Data($"special ids {trainer.Unknown}, {trainer.Begin}, {trainer.End}; ids below {pieces} are allowed", path);
        }
    }

    private static int? Known(long id) => id >= 0 ? (int)id : null;
}
