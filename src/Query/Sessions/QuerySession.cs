using Jmlr.Index.Encoding;
using Jmlr.Index.Storage;
using Jmlr.Ingest.Store;
using Jmlr.Llm.Generation;
using Jmlr.Models.Packaging;
using Jmlr.Models.Torch;
using Jmlr.Query.Answering;
using Jmlr.Query.Retrieval;
using Jmlr.Query.Workspaces;

namespace Jmlr.Query.Sessions;

/// <summary>
/// Everything a question needs, opened once: encoder, index snapshot, store; the generator only when it is first asked for.
/// One question at a time.
/// </summary>
public sealed class QuerySession : IDisposable
{
    private readonly ModelFolder _model;
    private readonly SessionOptions _options;
    private readonly IndexSnapshot _index;
    private IGenerator? _generator;

    private QuerySession(Workspace workspace, ModelFolder model, SessionOptions options, ITokenEncoder encoder, IPassageStore store, IndexSnapshot index)
    {
        _model = model;
        _options = options;
        _index = index;
        Encoder = encoder;
        Store = store;
        Retriever = new PassageRetriever(encoder, index.Searcher, store, index, workspace.LexicalPath);
        Answerer = new Answerer(Retriever, encoder, store, () => Generator);
    }

    /// <summary>Encoder of questions and evidence.</summary>
    public ITokenEncoder Encoder { get; }

    /// <summary>Store of the passages.</summary>
    public IPassageStore Store { get; }

    /// <summary>Finds passages.</summary>
    public PassageRetriever Retriever { get; }

    /// <summary>Answers questions.</summary>
    public Answerer Answerer { get; }

    /// <summary>The generator, loaded on first use.</summary>
    public IGenerator Generator => _generator ??= GeneratorOf(_model, _options);

    /// <summary>Generation of the index.</summary>
    public string IndexHash => $"generation {_index.Generation}";

    /// <summary>Hash of the retriever.</summary>
    public string RetrieverHash => Encoder.Hash;

    /// <summary>Hash of the generator, or null while it was not used.</summary>
    public string? GeneratorHash => _generator?.Hash;

    /// <summary>Opens a workspace that has an index; an index made with another retriever or chunker is refused with what to do.</summary>
    public static QuerySession Open(Workspace workspace, string modelPath, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(options);
        workspace.RequireIndex();
        ModelFolder model = ModelFolder.Open(modelPath);
        var opened = new Stack<IDisposable>();
        try
        {
            IPassageStore store = Track(opened, Stores.OpenForReading(workspace));
            ITokenEncoder encoder = Track(opened, OpenEncoder(model, options));
            IndexSnapshot index = Track(opened, IndexSnapshot.Open(workspace.IndexPath, IndexIdentity.Of(encoder, store.ChunkerHash ?? ""), options.Threads));
            return new QuerySession(workspace, model, options, encoder, store, index);
        }
        catch
        {
            while (opened.TryPop(out IDisposable? part))
            {
                part.Dispose();
            }

            throw;
        }
    }

    /// <summary>Begins to read the index in the background, for a session of many questions.</summary>
    public void ReadAhead() => _index.ReadAhead();

    /// <summary>The encoder of a model folder.</summary>
    public static ColbertEncoder OpenEncoder(ModelFolder model, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ColbertCheckpoint.Open(model, new EncoderOptions { Threads = options.Threads, Device = options.Device, Precision = options.Precision });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _generator?.Dispose();
        _index.Dispose();
        Encoder.Dispose();
        Store.Dispose();
    }

    private static IGenerator GeneratorOf(ModelFolder model, SessionOptions options)
    {
        var load = new GeneratorLoadOptions
        {
            Threads = options.Threads,
            TorchDevice = options.Device == TorchRuntime.Processor ? null : options.Device,
            PrefixFolder = options.PromptFolder,
        };
        if (options.Generator is GeneratorChoice own)
        {
            return GeneratorLoader.Open(own.Path, load with { ContextLength = own.ContextLength, RopeLinearFactor = own.RopeLinearFactor, Adapter = own.Adapter });
        }

        if (model.Manifest.Generator is not GeneratorSettings settings)
        {
            Throw.NoGenerator(model.Path);
            return null!;
        }

        model.Verify(["generator", "adapter"]);
        return GeneratorLoader.Open(model.Resolve(settings.Weights), load with
        {
            ContextLength = settings.ContextLength,
            RopeLinearFactor = settings.RopeLinearFactor,
            Adapter = settings.Adapter is null ? null : model.Resolve(settings.Adapter),
            Hash = model.HashOf("generator", "adapter"),
        });
    }

    private static T Track<T>(Stack<IDisposable> opened, T part) where T : IDisposable
    {
        opened.Push(part);
        return part;
    }
}
