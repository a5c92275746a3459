using System.Security.Cryptography;
using System.Text;

namespace Jmlr.Ingest.Tests.Readers;

/// <summary>Hashes of all runs of six words (lower case, letters and digits), so that a test can name a phrase without copying it.</summary>
static class PhraseHashes
{
    private const int Words = 6;

    public static IEnumerable<string> Of(string text)
    {
        string[] words = [.. System.Text.RegularExpressions.Regex.Matches(text.ToLowerInvariant(), @"[\p{L}\p{N}]+").Select(static match => match.Value)];
        for (int i = 0; i + Words <= words.Length; i++)
        {
            yield return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', words[i..(i + Words)]))))[..12];
        }
    }
}
