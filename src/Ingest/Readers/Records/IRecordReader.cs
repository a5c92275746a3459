namespace Jmlr.Ingest.Readers.Records;

/// <summary>A reader of files of many records, of which long ones are read in pieces.</summary>
interface IRecordReader : IDocumentReader
{
    /// <summary>The layout of a file that begins with <paramref name="head"/>; null when it is one document, or can be read only whole. What is no document is refused.</summary>
    RecordLayout? Layout(SourceFile head);
}

/// <summary>A piece of a long file of records.</summary>
/// <param name="Format">Format of the file.</param>
/// <param name="Layout">Layout of the file.</param>
/// <param name="Lines">Lines of the file before the piece.</param>
/// <param name="Records">Records of the file before the piece.</param>
sealed record RecordPart(string Format, RecordLayout Layout, long Lines = 0, long Records = 0);
