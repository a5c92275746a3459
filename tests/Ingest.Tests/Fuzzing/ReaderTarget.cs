using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>The reader of one format, as <c>--format</c> names it; what the content looks like is told as well.</summary>
class ReaderTarget(string name, string format, string path, IReadOnlyList<byte[]> seeds, params string[] words) : FuzzTarget(name, seeds, words)
{
    public override int Run(byte[] input)
    {
        int refused = 0, documents = 0;
        SourceFile file = Sources.File(path, input) with { Reject = _ => refused++ };
        Recognise(file);
        foreach (Document document in ReaderRegistry.Default.For(file, format).Read(file))
        {
            documents++;
            DocumentChecks.Check(document);
        }

        Assert.True(documents + refused > 0, "neither a document nor a reason");
        return documents;
    }

    private static void Recognise(SourceFile file)
    {
        try
        {
            ReaderRegistry.Default.For(file);
        }
        catch (JmlrDataException)
        {
            // Told by no reader, or refused: both are answers.
        }
    }
}
