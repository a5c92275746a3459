using Jmlr.Index.Encoding;
using Jmlr.Index.Search;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage;

/// <summary>A temporary index folder and the passages that go into it.</summary>
sealed class IndexFixture : IDisposable
{
    private static readonly string[] Words =
        [.. "aspirin dose fever child asthma steroid inhaler acute chronic renal hepatic sepsis fluid bolus insulin glucose sodium potassium stroke chest pain troponin statin warfarin heparin rash allergy vaccine cough antibiotic penicillin pneumonia".Split(' ')];

    internal string Folder { get; } = Directory.CreateTempSubdirectory("jmlr-index-").FullName;

    internal string Index => Path.Combine(Folder, "index");

    internal WordEncoder Encoder { get; init; } = new();

    internal MemoryCache Cache { get; } = new();

    internal IndexBuilder Builder(IndexSettings? settings = null) => new(Index, Encoder, Cache, "chunker-1", settings ?? new IndexSettings { Threads = 2 });

    internal IndexIdentity Identity => IndexIdentity.Of(Encoder, "chunker-1");

    internal static string Id(int number) => $"samples:doc{number / 4}@2024-01-01.0123456789ab#{number % 4}";

    internal static int Number(string id) => (int.Parse(id.Split('@')[0]["samples:doc".Length..], System.Globalization.CultureInfo.InvariantCulture) * 4) + (id[^1] - '0');

    internal static string Text(int number, int salt = 0)
    {
        var random = new Random((number * 31) + salt);
        return string.Join(' ', Enumerable.Range(0, 3 + random.Next(40)).Select(_ => Words[random.Next(Words.Length)]));
    }

    internal static ListedPassages Passages(int count, int first = 0, int salt = 0) => new(Enumerable.Range(first, count).Select(i => (Id(i), Text(i, salt))));

    internal TokenMatrix Query(string text)
    {
        var query = new TokenMatrix(Encoder.Dimension);
        Encoder.EncodeQuery(text, query);
        return query;
    }

    internal IReadOnlyList<ScoredPassage> Search(string text, int top = 10)
    {
        using IndexSnapshot snapshot = IndexSnapshot.Open(Index, Identity, 2);
        return snapshot.Searcher.Search(Query(text), new SearchOptions { Top = top }, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
