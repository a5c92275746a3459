using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Similarity;

/// <summary>A passage as hashes of its words, and the hash of what must not differ between near-duplicates: numbers and negations in their order.</summary>
sealed class PassageWords
{
    private const int Run = 3; // words
    private const ulong Prime = 0x100_0000_01B3, Offset = 0xCBF2_9CE4_8422_2325; // FNV-1a

    private static readonly HashSet<ulong> Negations = [.. new[] { "no", "not", "nor", "never", "none", "without", "avoid", "against", "cannot", "contraindicated", "unless", "except" }.Select(static word => Of(word))];

    private static readonly ulong NegationBits = Negations.Aggregate(0UL, static (bits, word) => bits | Bit(word)); // most words are told without a look-up

    private static readonly byte[] Ascii = [.. Enumerable.Range(0, 128).Select(static c => char.IsAsciiLetterOrDigit((char)c) ? (byte)char.ToLowerInvariant((char)c) : (byte)0)];

    private readonly List<ulong> _words = [];
    private readonly List<ulong> _runs = [];

    /// <summary>Hash of numbers and negations.</summary>
    public ulong Exact { get; private set; }

    /// <summary>Hashes of the runs of three words; one at least, of what there is.</summary>
    public ReadOnlySpan<ulong> Runs => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_runs);

    /// <summary>Takes the words of a passage, without its headings.</summary>
    public void Read(Passage passage)
    {
        _words.Clear();
        Exact = Offset;
        ulong hash = Offset;
        (bool open, bool digit) = (false, false);
        foreach (char c in passage.Text)
        {
            if (c < 128 && Ascii[c] is byte lower and not 0)
            {
                hash = (hash ^ lower) * Prime;
                digit |= c <= '9';
                open = true;
            }
            else if (c >= 128 && char.IsLetterOrDigit(c))
            {
                hash = (hash ^ char.ToLowerInvariant(c)) * Prime;
                digit |= char.IsDigit(c);
                open = true;
            }
            else if (open)
            {
                Take(hash, digit);
                (hash, open, digit) = (Offset, false, false);
            }
        }

        if (open)
        {
            Take(hash, digit);
        }

        _runs.Clear();
        for (int i = 0; i == 0 || i + Run <= _words.Count; i++)
        {
            _runs.Add(OfRun(i));
        }
    }

    private void Take(ulong word, bool hasDigit)
    {
        _words.Add(word);
        if (hasDigit || (NegationBits & Bit(word)) != 0 && Negations.Contains(word))
        {
            Exact = (Exact ^ word) * Prime;
        }
    }

    private ulong OfRun(int start)
    {
        ulong run = Offset;
        for (int i = start; i < Math.Min(_words.Count, start + Run); i++)
        {
            run = (run ^ _words[i]) * Prime;
            run ^= run >> 29;
        }

        return run;
    }

    private static ulong Bit(ulong word) => 1UL << (int)(word & 63);

    private static ulong Of(string word)
    {
        ulong hash = Offset;
        foreach (char c in word)
        {
            hash = (hash ^ c) * Prime;
        }

        return hash;
    }
}
