using Jmlr.Ingest.Readers.Records;

namespace Jmlr.Ingest.Readers.Tabular;

/// <summary>What the beginning of a table says of the rest.</summary>
/// <param name="delimiter">What stands between fields.</param>
/// <param name="layout">What the columns are.</param>
/// <param name="names">Names of the columns.</param>
/// <param name="hasHeader">True when the first record holds the names.</param>
sealed class TableShape(char delimiter, TableLayout layout, string[] names, bool hasHeader) : RecordLayout
{
    public char Delimiter => delimiter;

    public TableLayout Layout => layout;

    public string[] Names => names;

    public bool HasHeader => hasHeader;

    public override RecordCut Cut(ReadOnlySpan<byte> rest, bool first) => DelimitedText.Whole(rest, delimiter);
}
