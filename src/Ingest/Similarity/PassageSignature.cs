using System.Text;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Randomness;

namespace Jmlr.Ingest.Similarity;

/// <summary>
/// What a passage says, small enough to compare with many: MinHash (Broder 1997) over runs of three words. The share of equal minima is about the share of runs that two passages have in common
/// (Jaccard). What must not differ between near-duplicates of a guideline is kept beside it: numbers and negations in their order, and the grade.
/// </summary>
public sealed class PassageSignature
{
    /// <summary>Number of minima: the estimate has a standard deviation of at most 1 / (2 sqrt(128)) = 0.044.</summary>
    private const int Minima = 128;

    private const double Least = 0.8; // of the minima are equal in near-duplicates
    private const int Run = 3;
    private const ulong Prime = 0x100_0000_01B3, Offset = 0xCBF2_9CE4_8422_2325; // FNV-1a

    private static readonly HashSet<string> Negations = new(["no", "not", "nor", "never", "none", "without", "avoid", "against", "cannot", "contraindicated", "unless", "except"], StringComparer.Ordinal);
    private static readonly (ulong[] Factors, ulong[] Terms) Hashes = Draw();

    private readonly uint[] _minima = new uint[Minima];
    private readonly string? _grade;
    private ulong _exact = Offset;

    private PassageSignature(string? grade) => _grade = grade;

    /// <summary>The signature of a passage: of its text and grade alone, the same on every machine.</summary>
    public static PassageSignature Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        PassageSignature signature = new(passage.Grade);
        Array.Fill(signature._minima, uint.MaxValue);
        List<ulong> words = [];
        StringBuilder word = new();
        foreach (char c in passage.Text)
        {
            if (char.IsLetterOrDigit(c))
            {
                word.Append(char.ToLowerInvariant(c));
            }
            else
            {
                signature.Take(word, words);
            }
        }

        signature.Take(word, words);
        for (int i = 0; i == 0 || i + Run <= words.Count; i++)
        {
            signature.Add(words, i);
        }

        return signature;
    }

    /// <summary>True when two passages say the same in nearly the same words, with the same numbers, negations and grade.</summary>
    public bool IsNear(PassageSignature other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_exact != other._exact || _grade != other._grade)
        {
            return false;
        }

        int equal = 0;
        for (int i = 0; i < Minima; i++)
        {
            equal += _minima[i] == other._minima[i] ? 1 : 0;
        }

        return equal >= Least * Minima;
    }

    private void Take(StringBuilder word, List<ulong> words)
    {
        if (word.Length == 0)
        {
            return;
        }

        string text = word.ToString();
        word.Clear();
        ulong hash = Offset;
        foreach (char c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        words.Add(hash);
        if (text.Any(char.IsDigit) || Negations.Contains(text))
        {
            _exact = (_exact ^ hash) * Prime;
        }
    }

    private void Add(List<ulong> words, int start)
    {
        ulong run = Offset;
        for (int i = start; i < Math.Min(words.Count, start + Run); i++)
        {
            run = (run ^ words[i]) * Prime;
            run ^= run >> 29;
        }

        for (int i = 0; i < Minima; i++)
        {
            _minima[i] = Math.Min(_minima[i], (uint)(((run * Hashes.Factors[i]) + Hashes.Terms[i]) >> 32));
        }
    }

    private static (ulong[], ulong[]) Draw()
    {
        SplitMix64 random = new(1997);
        (ulong[] factors, ulong[] terms) = (new ulong[Minima], new ulong[Minima]);
        for (int i = 0; i < Minima; i++)
        {
            (factors[i], terms[i]) = (random.Next() | 1, random.Next());
        }

        return (factors, terms);
    }
}
