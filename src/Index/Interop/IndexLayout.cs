namespace Jmlr.Index.Interop;

/// <summary>Whose index folder.</summary>
public enum IndexLayout
{
    /// <summary>colbert-ai 0.2 (and RAGatouille): tensors of torch.</summary>
    ColbertAi,

    /// <summary>fast-plaid 1.7: NumPy arrays, one for all chunks, half-precision centroids.</summary>
    FastPlaid,

    /// <summary>next-plaid 1.6 (and fast-plaid before 1.7): NumPy arrays for each chunk, single-precision centroids.</summary>
    NextPlaid,
}

/// <summary>Names of the layouts, and which one a folder has.</summary>
public static class IndexLayouts
{
    /// <summary>The names, as they are typed.</summary>
    public static IReadOnlyList<string> Names { get; } = ["colbert-ai", "fast-plaid", "next-plaid"];

    /// <summary>The layout of that name.</summary>
    public static bool TryParse(string name, out IndexLayout layout)
    {
        int number = Names.ToList().IndexOf(name);
        layout = (IndexLayout)Math.Max(number, 0);
        return number >= 0;
    }

    /// <summary>Opens the index in <paramref name="folder"/>, whichever it is: one with NumPy centroids is of fast-plaid or next-plaid.</summary>
    internal static IForeignIndex Open(string folder) => File.Exists(Path.Combine(folder, "centroids.npy")) ? new PlaidIndex(folder) : new ColbertIndex(folder);
}
