using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Privacy;
using Jmlr.Ingest.Readers;
using Jmlr.Ingest.Similarity;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Web;
using Jmlr.Models.Errors;
using Jmlr.Models.Progress;

namespace Jmlr.Ingest.Pipeline;

/// <summary>
/// Files to documents to passages to the store. Files are read and chunked on several threads and stored in order, so the result does not depend on timing.
/// Commits in batches: a cancelled or killed ingestion keeps what was committed and can be run again.
/// </summary>
public sealed class IngestPipeline(IPassageStore store, IChunker chunker, ReaderRegistry? readers = null)
{
    private readonly ReaderRegistry _readers = readers ?? ReaderRegistry.Default;

    /// <summary>Ingests; a bad input is rejected by name and the rest goes on. On cancellation what is staged since the last commit must be dropped by closing the store.</summary>
    public IngestResult Run(IngestRequest request, IProgress<ProgressReport>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.BatchSize, 1);
        if (request.Format is not null && !_readers.Formats.Contains(request.Format))
        {
            Throw.Usage($"no format '{request.Format}': known are {string.Join(", ", _readers.Formats)}");
        }

        if (store.ChunkerHash is string stored && stored != chunker.Hash)
        {
            store.Rechunk(chunker, cancellation);
        }

        IngestRun run = new(store, chunker.Hash, request, progress);
        InputFile[] files = [.. FileFinder.Find(request, inStep: request.Step is not null)];
        using WebFetcher? web = Array.Exists(files, static file => file.Address is not null) ? new WebFetcher(request.Web!) : null;
        run.Files = files.Length;
        PieceWindow window = new(run, request.Threads);
        try
        {
            foreach (PieceWork piece in files.SelectMany(file => Pieces(file, request, web, cancellation)))
            {
                cancellation.ThrowIfCancellationRequested();
                window.Add(piece);
            }

            window.Drain(cancellation);
        }
        finally
        {
            window.Wait();
        }

        return run.Finish();
    }

    /// <summary>The pieces of a file, each as work for another thread. Reading is lazy: only what the window holds is in memory.</summary>
    private IEnumerable<PieceWork> Pieces(InputFile file, IngestRequest request, WebFetcher? web, CancellationToken cancellation)
    {
        IEnumerable<FilePiece> pieces = file.Why is not null ? [new FilePiece(null, new Rejection(file.Name, file.Why))]
            : FilePiece.Guarded(FilePieces.Read(file, _readers, request, web, cancellation), error => error switch
            {
                JmlrDataException refused => new Rejection(refused.Path, refused.What),
                IOException or InvalidDataException or UnauthorizedAccessException => new Rejection(file.Name, $"cannot be read ({error.Message.ReplaceLineEndings(" ")})"),
                _ => null,
            });
        foreach (FilePiece piece in pieces)
        {
            yield return piece.File is SourceFile source
                ? new PieceWork(() => Process(source with { Fields = request.Fields }, source.Part?.Format ?? request.Format, cancellation) with { Bytes = piece.Bytes }, source.Content.Length)
                : new PieceWork(() => new IngestOutcome([], [piece.Refused!], 0, EndOfFile: false), 0);
        }

        yield return new PieceWork(static () => new IngestOutcome([], [], 0, EndOfFile: true), 0);
    }

    private IngestOutcome Process(SourceFile piece, string? format, CancellationToken cancellation)
    {
        List<ReadDocument> documents = [];
        List<Rejection> rejected = [];
        int[]? patients = null;
        SourceFile file = piece with { Reject = error => rejected.Add(new Rejection(error.Path, error.What)) };
        try
        {
            foreach (Document document in _readers.For(file, format).Read(file))
            {
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }

                IReadOnlyList<Passage> passages = chunker.Chunk(document);
                documents.Add(new ReadDocument(document, passages, PassageSketch.Of(passages)));
                if (PatientData.Count(document) is int[] finds)
                {
                    PatientData.Add(patients ??= new int[finds.Length], finds);
                }
            }
        }
        catch (JmlrDataException error)
        {
            rejected.Add(new Rejection(error.Path, error.What));
        }
        catch (Exception error) when (error is not (OutOfMemoryException or JmlrException))
        {
            // A hole in a reader must cost one file, not the ingestion.
            rejected.Add(new Rejection(file.Path, $"reading failed ({error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")})"));
        }

        return new IngestOutcome(documents, rejected, 0, EndOfFile: false) { PatientData = patients };
    }
}
