using System.Text.Json;
using Jmlr.Index.Interop.Npy;

namespace Jmlr.Index.Interop;

/// <summary>
/// The folder of a fast-plaid or next-plaid index, read as the work of a stranger. Codes and residuals are in one file each (fast-plaid from 1.7 on) or in
/// one for each chunk (before it, and next-plaid).
/// </summary>
sealed class PlaidIndex : IForeignIndex, IDisposable
{
    private const string Metadata = "metadata.json";
    private readonly ForeignFolder _folder;
    private readonly NpyFile? _codes;
    private readonly NpyFile? _residuals;
    private readonly List<int[]> _lengths = [];
    private readonly List<long> _firsts = [];

    internal PlaidIndex(string folder)
    {
        _folder = new ForeignFolder(folder, "fast-plaid or next-plaid");
        using (JsonDocument metadata = _folder.Json(Metadata))
        {
            Bits = _folder.Integer(metadata.RootElement, "nbits", Metadata, 8);
            Chunks = _folder.Integer(metadata.RootElement, "num_chunks", Metadata, ForeignFolder.MostChunks);
            if (metadata.RootElement.TryGetProperty("compress_only", out JsonElement only) && only.ValueKind == JsonValueKind.True)
            {
                Throw.ForeignIndex(MetadataPath, "compress_only: an index without residuals cannot be taken over");
            }
        }

        using (var centroids = new NpyFile(_folder.PathOf("centroids.npy")))
        {
            Dimension = centroids.Shape is [_, >= 8 and <= 1024 and long columns] ? (int)columns : 0;
            _folder.DemandPossible(Dimension, Bits, "centroids.npy");
            Centroids = ForeignFolder.Halves(centroids.Floats(), centroids.Shape, Dimension, centroids.Path);
        }

        (Cutoffs, Weights) = (Buckets("bucket_cutoffs.npy", (1 << Bits) - 1), Buckets("bucket_weights.npy", 1 << Bits));
        long tokens = 0;
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            _lengths.Add(_folder.Lengths(chunk));
            _firsts.Add(tokens);
            tokens += _lengths[chunk].Sum(length => (long)length);
        }

        int own = Enumerable.Range(0, Chunks).Count(chunk => _folder.Has($"{chunk}.codes.npy") && _folder.Has($"{chunk}.residuals.npy"));
        if (own == Chunks)
        {
            return;
        }

        if (own > 0)
        {
            Throw.ForeignIndex(MetadataPath, $"{own} of {Chunks} chunks have files of their own: open it with its engine once, which brings them together");
        }

        try
        {
            _codes = new NpyFile(_folder.PathOf("merged_codes.npy"));
            _residuals = new NpyFile(_folder.PathOf("merged_residuals.npy"));
            DemandShape(_codes, _residuals, tokens, exactly: false, "the doclens files");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string MetadataPath => _folder.PathOf(Metadata);

    public int Bits { get; }

    public int Dimension { get; }

    public int Chunks { get; }

    public ushort[] Centroids { get; }

    public float[] Cutoffs { get; }

    public float[] Weights { get; }

    public ForeignChunk Read(int chunk)
    {
        long tokens = _lengths[chunk].Sum(length => (long)length);
        if (_codes is not null)
        {
            return Read(_codes, _residuals!, chunk, _firsts[chunk], tokens);
        }

        using var codes = new NpyFile(_folder.PathOf($"{chunk}.codes.npy"));
        using var residuals = new NpyFile(_folder.PathOf($"{chunk}.residuals.npy"));
        DemandShape(codes, residuals, tokens, exactly: true, ForeignFolder.LengthsName(chunk));
        return Read(codes, residuals, chunk, 0, tokens);
    }

    public void Dispose()
    {
        _codes?.Dispose();
        _residuals?.Dispose();
    }

    private ForeignChunk Read(NpyFile codes, NpyFile residuals, int chunk, long first, long tokens) =>
        new(_lengths[chunk], codes.Numbers(first, tokens, Centroids.Length / Dimension), residuals.Rows(first, tokens).ToArray());

    private float[] Buckets(string name, int count)
    {
        using var file = new NpyFile(_folder.PathOf(name));
        return ForeignFolder.Ascending(file.Floats(), count, file.Path, "the array");
    }

    /// <summary>A merged file may have rows of zeros behind the last one, which a strided read may touch.</summary>
    private void DemandShape(NpyFile codes, NpyFile residuals, long tokens, bool exactly, string expectedBy)
    {
        bool fits = codes is { Type: "i8" or "i4", Shape: [long rows] } && (exactly ? rows == tokens : rows >= tokens);
        if (!fits)
        {
            Throw.ForeignIndex(codes.Path, $"{codes.Description}: {tokens} codes are expected by {expectedBy}");
        }

        if (residuals is not { Type: "u1", Shape: [long packed, long bytes] } || bytes != Dimension * Bits / 8 || (exactly ? packed != tokens : packed < tokens))
        {
            Throw.ForeignIndex(residuals.Path, $"{residuals.Description}: {tokens} rows of {Dimension * Bits / 8} bytes are expected by {expectedBy}");
        }
    }
}
