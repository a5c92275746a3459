using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>SHA-256 of everything in a vocabulary that determines ids, the chat template included.</summary>
static class VocabularyHash
{
    /// <summary>The hash in lower-case hex.</summary>
    public static string Of(GeneratorVocabulary vocabulary)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, string.Create(
            CultureInfo.InvariantCulture,
            $"bpe 1 {vocabulary.Family} {vocabulary.PreTokenizer} {vocabulary.IgnoreMerges} {vocabulary.AddSpacePrefix} {vocabulary.RemoveExtraSpaces} {vocabulary.AddBegin} {vocabulary.BeginId} {vocabulary.EndId} {vocabulary.UnknownId} {string.Join(',', vocabulary.MoreEndIds)}"));
        Append(hash, vocabulary.ChatTemplate ?? "");
        AppendAll(hash, vocabulary.Tokens);
        AppendAll(hash, vocabulary.Merges);
        float[] scores = [.. vocabulary.Scores];
        hash.AppendData(MemoryMarshal.AsBytes<float>(scores));
        byte[] kinds = [.. vocabulary.Kinds.Select(static kind => (byte)kind)];
        hash.AppendData(kinds);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendAll(IncrementalHash hash, IReadOnlyList<string> texts)
    {
        Append(hash, texts.Count.ToString(CultureInfo.InvariantCulture));
        foreach (string text in texts)
        {
            Append(hash, text);
        }
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
