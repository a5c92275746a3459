using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>SHA-256 of everything in a vocabulary that determines ids, the chat template included. Every text goes in with its length.</summary>
static class VocabularyHash
{
    /// <summary>The hash in lower-case hex.</summary>
    public static string Of(GeneratorVocabulary vocabulary)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendTexts(hash, [Header(vocabulary), vocabulary.ChatTemplate ?? ""]);
        AppendTexts(hash, vocabulary.Tokens);
        AppendTexts(hash, vocabulary.Merges);
        AppendNumbers(hash, vocabulary);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Header(GeneratorVocabulary vocabulary) => string.Create(
        CultureInfo.InvariantCulture,
        $"bpe 1 {vocabulary.Family} {vocabulary.PreTokenizer} {vocabulary.IgnoreMerges} {vocabulary.AddSpacePrefix} {vocabulary.RemoveExtraSpaces} {vocabulary.AddBegin} {vocabulary.BeginId} {vocabulary.EndId} {vocabulary.UnknownId} {string.Join(',', vocabulary.MoreEndIds)}");

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AppendTexts(IncrementalHash hash, IReadOnlyList<string> texts)
    {
        byte[] buffer = new byte[1 << 16];
        int used = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            string text = texts[i];
            int most = (text.Length * 3) + 4;
            if (used + most > buffer.Length)
            {
                hash.AppendData(buffer, 0, used);
                used = 0;
                buffer = most > buffer.Length ? new byte[most] : buffer;
            }

            int length = Encoding.UTF8.GetBytes(text, buffer.AsSpan(used + 4));
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(used), length);
            used += 4 + length;
        }

        hash.AppendData(buffer, 0, used);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, texts.Count);
        hash.AppendData(buffer, 0, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AppendNumbers(IncrementalHash hash, GeneratorVocabulary vocabulary)
    {
        byte[] numbers = new byte[(vocabulary.Scores.Count * 4) + vocabulary.Kinds.Count];
        for (int i = 0; i < vocabulary.Scores.Count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(i * 4), vocabulary.Scores[i]);
        }

        for (int i = 0; i < vocabulary.Kinds.Count; i++)
        {
            numbers[(vocabulary.Scores.Count * 4) + i] = (byte)vocabulary.Kinds[i];
        }

        hash.AppendData(numbers);
    }
}
