using System.Runtime.InteropServices;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Encoding.FewTokens;
using Jmlr.Index.Encoding.Passages;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>
/// ColBERT over a BERT encoder (<c>colbert/modeling/colbert.py</c>): last hidden state, projection, unit length; one vector a kept token.
/// Not thread-safe.
/// </summary>
public sealed class ColbertEncoder : ITokenEncoder
{
    private readonly WordPieceTokenizer _tokenizer;
    private readonly ColbertSettings _settings;
    private readonly BertEncoder _bert;
    private readonly Tensor _projection; // [hidden, dim] fp32
    private readonly Tensor? _projectionRows; // [dim, hidden], for few tokens
    private readonly PassageCrew? _passages; // where the processor has matrix units
    private readonly Device _device;
    private readonly int _threads;
    private readonly List<int> _ids = [];

    internal ColbertEncoder(ColbertParts parts, int threads)
    {
        TorchRuntime.Start(threads);
        _threads = threads;
        _tokenizer = parts.Tokenizer;
        _settings = parts.Settings;
        _device = parts.Device;
        _bert = parts.Bert;
        _projection = parts.Projection;
        Hash = parts.Hash;
        Dimension = (int)_projection.shape[1];
        Precision = parts.Precision;
        if (_bert.Few is not null && Dimension % FewTokenBert.OutputsMultiple == 0)
        {
            using var scope = NewDisposeScope();
            _projectionRows = _projection.t().contiguous().DetachFromDisposeScope();
        }

        _passages = _bert.Passages is null ? null : new PassageCrew(_bert.Passages, _projection, threads);
    }

    /// <inheritdoc/>
    public string Hash { get; }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int QueryLength => _settings.QueryLength;

    /// <inheritdoc/>
    public int PassageLength => _settings.PassageLength;

    /// <inheritdoc/>
    public bool MarksQueries => _settings.QueryMarker is not null;

    /// <inheritdoc/>
    public bool MarksPassages => _settings.PassageMarker is not null;

    /// <inheritdoc/>
    public ITextTokenizer Tokenizer => _tokenizer;

    /// <summary>Type of weights and activations, "fp32" or "bf16".</summary>
    public string Precision { get; }

    /// <inheritdoc/>
    public void EncodeQuery(string text, TokenMatrix destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        TorchRuntime.Start(_threads);
        QueryWindows windows = QueryWindows.Make(_tokenizer, _settings, text, _ids);
        if (_projectionRows is not null && windows.Count <= FewTokenBert.MostRows && windows.Length <= FewTokenBert.MostTokens)
        {
            EncodeFew(_bert.Few!, _projectionRows, windows, destination);
            return;
        }

        if (_passages is not null && windows.SeesWhatItKeeps)
        {
            EncodeAsPassages(_passages, windows, destination);
            return;
        }

        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        Tensor ids = tensor(windows.Ids, windows.Count, windows.Length, int64, _device);
        Tensor vectors = Project(_bert.Forward(ids, windows.NeedsMask ? windows.Lengths : null));
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(vectors.bytes);
        destination.Resize(windows.Kept);
        int row = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            int kept = windows.KeptOf(window);
            values.Slice(window * windows.Length * Dimension, kept * Dimension).CopyTo(destination.Values[(row * Dimension)..]);
            row += kept;
        }
    }

    /// <inheritdoc/>
    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(receiver);
        if (_passages is not null)
        {
            int pad = _tokenizer.Pad;
            _passages.Run(PassageBatch.Rows(_tokenizer, _settings, texts), id => _settings.Keeps(id, pad), receiver, cancellation);
            return;
        }

        TorchRuntime.Start(_threads);
        foreach (PassageBatch batch in PassageBatch.Make(_tokenizer, _settings, texts))
        {
            cancellation.ThrowIfCancellationRequested();
            Encode(batch, receiver);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _passages?.Dispose();
        _bert.Dispose();
        _projection.Dispose();
        _projectionRows?.Dispose();
    }

    private void EncodeFew(FewTokenBert few, Tensor projection, QueryWindows windows, TokenMatrix destination)
    {
        destination.Resize(windows.Kept);
        int row = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            int kept = windows.KeptOf(window), seen = windows.Lengths[window];
            few.Encode(windows.Ids.AsSpan(window * windows.Length, Math.Max(kept, seen)), seen, projection, destination.Values.Slice(row * Dimension, kept * Dimension));
            row += kept;
        }
    }

    private void EncodeAsPassages(PassageCrew passages, QueryWindows windows, TokenMatrix destination)
    {
        destination.Resize(windows.Kept);
        int[][] rows = [.. Enumerable.Range(0, windows.Count).Select(window => Array.ConvertAll(windows.Ids[(window * windows.Length)..][..windows.KeptOf(window)], id => (int)id))];
        int row = 0;
        passages.Run(rows, _ => true, (_, vectors) =>
        {
            vectors.CopyTo(destination.Values[(row * Dimension)..]);
            row += vectors.Length / Dimension;
        }, CancellationToken.None);
    }

    private void Encode(PassageBatch batch, PassageVectors receiver)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        int count = batch.Passages.Length, length = batch.Length;
        Tensor ids = tensor(batch.Ids, count, length, int64, _device);
        Tensor vectors = Project(_bert.Forward(ids, batch.NeedsMask ? batch.Lengths : null)); // [count, length, dim]
        Span<float> values = MemoryMarshal.Cast<byte, float>(vectors.bytes);
        for (int i = 0; i < count; i++)
        {
            Span<float> passage = values.Slice(i * length * Dimension, length * Dimension);
            int kept = Compact(batch.Ids.AsSpan(i * length, length), passage);
            receiver(batch.Passages[i], passage[..(kept * Dimension)]);
        }
    }

    /// <summary>Moves the vectors of kept tokens together; padding and skipped punctuation go.</summary>
    private int Compact(ReadOnlySpan<long> ids, Span<float> vectors)
    {
        int kept = 0;
        for (int token = 0; token < ids.Length; token++)
        {
            if (!_settings.Keeps((int)ids[token], _tokenizer.Pad))
            {
                continue;
            }

            if (kept != token)
            {
                vectors.Slice(token * Dimension, Dimension).CopyTo(vectors[(kept * Dimension)..]);
            }

            kept++;
        }

        return kept;
    }

    // The projection and the norm are computed in fp32: they are 1 % of the work and decide the cosine.
    private Tensor Project(Tensor hidden) =>
        nn.functional.normalize(hidden.to(float32).matmul(_projection), p: 2, dim: -1).cpu().contiguous();
}
