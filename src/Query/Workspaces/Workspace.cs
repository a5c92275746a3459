namespace Jmlr.Query.Workspaces;

/// <summary>A folder that holds a passage store and its index. All paths inside are relative to it, so it can be moved.</summary>
public sealed record Workspace(string Root)
{
    /// <summary>Environment variable that names the workspace.</summary>
    public const string Variable = "JMLR_WORKSPACE";

    /// <summary>Folder used when nothing is named.</summary>
    public const string DefaultName = ".jmlr";

    /// <summary>Folder of the passage store.</summary>
    public string StorePath => Path.Combine(Root, "store");

    /// <summary>Folder of the token embeddings kept for rebuilding; it may be deleted.</summary>
    public string EmbeddingPath => Path.Combine(Root, "embeddings");

    /// <summary>Folder of the pages fetched before; it may be deleted.</summary>
    public string WebPath => Path.Combine(Root, "web");

    /// <summary>Folder of what is known of the folders that are kept in step.</summary>
    public string WatchPath => Path.Combine(Root, "watch");

    /// <summary>File of the words of all passages (BM25); it may be deleted.</summary>
    public string LexicalPath => Path.Combine(Root, "words", "postings");

    /// <summary>Folder of what the generator keeps of prompts, where that was asked for; it may be deleted.</summary>
    public string PromptPath => Path.Combine(Root, "prompts");

    /// <summary>Folder of the index.</summary>
    public string IndexPath => Path.Combine(Root, "index");

    /// <summary>The workspace named by option or environment, else <c>.jmlr</c> in the current folder.</summary>
    public static Workspace Locate(string? named)
    {
        string? path = string.IsNullOrWhiteSpace(named) ? Environment.GetEnvironmentVariable(Variable) : named;
        return new Workspace(Path.GetFullPath(string.IsNullOrWhiteSpace(path) ? DefaultName : path));
    }

    /// <summary>Throws when nothing was ingested here.</summary>
    public Workspace RequireStore()
    {
        if (!Directory.Exists(StorePath))
        {
            Throw.NoWorkspace(Root);
        }

        return this;
    }

    /// <summary>Throws when no index was built here.</summary>
    public Workspace RequireIndex()
    {
        RequireStore();
        if (!Directory.Exists(IndexPath))
        {
            Throw.NoIndex(IndexPath);
        }

        return this;
    }
}
