using System.Globalization;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Store;

namespace Jmlr.Query.Retrieval;

/// <summary>A filter worked out on one store: which document versions pass, and of those where it depends on the passage, which passages.</summary>
sealed class AdmittedPassages
{
    private readonly Dictionary<string, HashSet<int>?> _documents = new(StringComparer.Ordinal); // null: all passages
    private readonly Dictionary<string, HashSet<int>?>.AlternateLookup<ReadOnlySpan<char>> _byId;

    internal AdmittedPassages(PassageFilter filter, IPassageStore store)
    {
        if (filter.ExcludeQuestion is string question && !store.Documents.Any(document => document.QuestionId == question))
        {
            // A misspelt id would let through what must not be found.
            Throw.UnknownQuestion(question);
        }

        _byId = _documents.GetAlternateLookup<ReadOnlySpan<char>>();
        bool byPassage = filter.Kinds.Count > 0 || filter.Grades.Count > 0;
        foreach (DocumentRecord document in Versions(filter, store).Where(document => Passes(filter, document)))
        {
            // By default only documents that belong to a question can have passages that do not pass.
            HashSet<int>? passages = byPassage || document.QuestionId is not null
                ? [.. store.ReadPassages(document).Where(passage => Passes(filter, passage)).Select(passage => passage.Id.Ordinal)]
                : null;
            if (passages is null || passages.Count > 0)
            {
                _documents.TryAdd($"{document.Key}@{document.Version}", passages?.Count == document.PassageCount ? null : passages);
            }
        }
    }

    /// <summary>Document versions that have a passage which passes.</summary>
    internal int Documents => _documents.Count;

    /// <summary>True when the passage of this id passes.</summary>
    internal bool Has(string id)
    {
        int hash = id.LastIndexOf('#');
        return _byId.TryGetValue(id.AsSpan(0, hash), out HashSet<int>? passages) && (passages is null || passages.Contains(int.Parse(id.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<DocumentRecord> Versions(PassageFilter filter, IPassageStore store)
    {
        IEnumerable<DocumentRecord> until = filter.AsOf is DateOnly day ? store.InForceOn(day) : store.Documents.Where(document => document.State == VersionState.InForce);
        if (!filter.IncludeSuperseded)
        {
            return until;
        }

        return store.Documents.Where(document => document.State != VersionState.Removed && (filter.AsOf is not DateOnly last || document.Version.Published is not DateOnly published || published <= last));
    }

    private static bool Passes(PassageFilter filter, DocumentRecord document)
    {
        Provenance from = document.Provenance;
        return (filter.Sources.Count == 0 || filter.Sources.Contains(document.Key.Source, StringComparer.Ordinal))
            && (filter.ExcludeQuestion is null || document.QuestionId != filter.ExcludeQuestion)
            && Any(filter.Publishers, from.Publisher, Holds) && Any(filter.Licences, from.Licence, Holds) && Any(filter.Jurisdictions, from.Jurisdiction, Same) && Any(filter.Languages, from.Language, IsLanguage)
            && (filter.PublishedFrom is not DateOnly first || from.Published >= first) && (filter.PublishedTo is not DateOnly last || from.Published <= last);
    }

    private static bool Passes(PassageFilter filter, Passage passage) =>
        (filter.Kinds.Count == 0 ? passage.Kind != ContentKind.Question : filter.Kinds.Contains(passage.Kind))
        && (filter.Grades.Count == 0 || (passage.Grade is string grades && grades.Split(", ").Any(grade => filter.Grades.Contains(grade, StringComparer.OrdinalIgnoreCase))));

    private static bool Any(IReadOnlyList<string> wanted, string? value, Func<string, string, bool> matches) =>
        wanted.Count == 0 || (value is not null && wanted.Any(want => matches(value, want)));

    private static bool Same(string value, string want) => value.Equals(want, StringComparison.OrdinalIgnoreCase);

    private static bool Holds(string value, string want) => value.Contains(want, StringComparison.OrdinalIgnoreCase);

    private static bool IsLanguage(string value, string want) => Same(value, want) || value.StartsWith(want + "-", StringComparison.OrdinalIgnoreCase);
}
