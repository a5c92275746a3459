using System.Security.Cryptography;
using Jmlr.Models.Progress;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Storage;

/// <summary>What the index holds against what the store holds. A difference in number is staleness, which <c>index update</c> cures; a text that is not the one encoded is a fault.</summary>
/// <param name="Missing">Passages of the store that the index lacks.</param>
/// <param name="Surplus">Passages of the index that the store has no longer in force.</param>
/// <param name="Different">Passages whose text in the store is not the one that was encoded.</param>
public sealed record StoreComparison(int Missing, int Surplus, int Different)
{
    /// <summary>True when the index holds exactly what the store does.</summary>
    public bool Same => this is { Missing: 0, Surplus: 0, Different: 0 };

    /// <summary>Compares the live passages of <paramref name="segments"/>; each different text is reported with its segment.</summary>
    internal static StoreComparison Run(
        IReadOnlyList<Segment> segments, IPassageSource source, Action<Segment, int, string> report, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        var wanted = new HashSet<string>(source.Ids, StringComparer.Ordinal);
        int total = wanted.Count, surplus = 0, different = 0, done = 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (Segment segment in segments)
        {
            for (int passage = 0; passage < segment.Entry.Passages; passage++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (segment.IsDead(passage))
                {
                    continue;
                }

                string id = segment.Id(passage);
                if (!wanted.Remove(id))
                {
                    surplus++;
                    continue;
                }

                SHA256.HashData(TextEncoding.UTF8.GetBytes(source.ReadText(id)), hash);
                ReadOnlySpan<byte> encoded = segment.TextHash(passage);
                if (!encoded.SequenceEqual(hash) && encoded.ContainsAnyExcept((byte)0)) // zeros: imported, the text is not known
                {
                    different++;
                    report(segment, passage, id);
                }

                if ((++done & 1023) == 0)
                {
                    progress?.Report(new ProgressReport("compare", done, total, "passages"));
                }
            }
        }

        progress?.Report(new ProgressReport("compare", total, total, "passages"));
        return new StoreComparison(wanted.Count, surplus, different);
    }
}
