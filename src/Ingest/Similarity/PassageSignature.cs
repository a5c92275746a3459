using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Similarity;

/// <summary>
/// What a passage says, small enough to compare with many: <see cref="MinHash"/> over runs of three words. What must not differ between near-duplicates of a guideline is kept beside it: numbers
/// and negations in their order, and the grade.
/// </summary>
public sealed class PassageSignature
{
    private const double Least = 0.8; // of the minima are equal in near-duplicates

    private readonly uint[] _minima = new uint[MinHash.Functions];
    private readonly string? _grade;
    private readonly ulong _exact;

    private PassageSignature(ulong exact, string? grade) => (_exact, _grade) = (exact, grade);

    /// <summary>The signature of a passage: of its text and grade alone, the same on every machine.</summary>
    public static PassageSignature Of(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        PassageWords words = new();
        words.Read(passage);
        PassageSignature signature = new(words.Exact, passage.Grade);
        MinHash.Minima(words.Runs, signature._minima);
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
        for (int i = 0; i < MinHash.Functions; i++)
        {
            equal += _minima[i] == other._minima[i] ? 1 : 0;
        }

        return equal >= Least * MinHash.Functions;
    }
}
