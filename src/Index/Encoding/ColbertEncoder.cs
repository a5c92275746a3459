using Jmlr.Index.Encoding.FewTokens;
using Jmlr.Models.Tokenizers;
using Jmlr.Models.Torch;

namespace Jmlr.Index.Encoding;

/// <summary>
/// ColBERT over a BERT encoder (<c>colbert/modeling/colbert.py</c>): last hidden state, projection, unit length; one vector a kept token.
/// There are two ways, each made when it is first taken: one for queries in fp32 where the processor has AVX-512, and one through libtorch for everything else. A process that only
/// answers a query loads no libtorch, and one that only encodes passages reads the weights once. Not thread-safe.
/// </summary>
public sealed class ColbertEncoder : ITokenEncoder
{
    private readonly ColbertParts _parts;
    private readonly bool _hasFew;
    private readonly List<int> _ids = [];
    private FewTokenBert? _few;
    private TorchColbert? _torch;

    /// <summary>Takes over the open file of <paramref name="parts"/>.</summary>
    internal ColbertEncoder(ColbertParts parts)
    {
        _parts = parts;
        _hasFew = !parts.IsBrain && parts.Device == TorchRuntime.Processor && FewTokenBert.Supports(parts.Bert, parts.Dimension);
    }

    /// <inheritdoc/>
    public string Hash => _parts.Hash;

    /// <inheritdoc/>
    public int Dimension => _parts.Dimension;

    /// <inheritdoc/>
    public int QueryLength => _parts.Settings.QueryLength;

    /// <inheritdoc/>
    public int PassageLength => _parts.Settings.PassageLength;

    /// <inheritdoc/>
    public bool MarksQueries => _parts.Settings.QueryMarker is not null;

    /// <inheritdoc/>
    public bool MarksPassages => _parts.Settings.PassageMarker is not null;

    /// <inheritdoc/>
    public ITextTokenizer Tokenizer => _parts.Tokenizer;

    /// <summary>Type of weights and activations, "fp32" or "bf16".</summary>
    public string Precision => _parts.IsBrain ? "bf16" : "fp32";

    private FewTokenBert Few => _few ??= new FewTokenBert(_parts.Bert, _parts.Projection, _parts.Threads);

    private TorchColbert Torch
    {
        get
        {
            TorchRuntime.Start(_parts.Threads);
            return _torch ??= new TorchColbert(_parts);
        }
    }

    /// <inheritdoc/>
    public void EncodeQuery(string text, TokenMatrix destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        QueryWindows windows = QueryWindows.Make(_parts.Tokenizer, _parts.Settings, text, _ids);
        destination.Resize(windows.Kept);
        if (_hasFew && windows.Count <= FewTokenBert.MostRows && windows.Length <= FewTokenBert.MostTokens)
        {
            EncodeFew(windows, destination);
        }
        else
        {
            Torch.EncodeQuery(windows, destination);
        }
    }

    /// <inheritdoc/>
    public void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(receiver);
        Torch.EncodePassages(texts, receiver, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _few?.Dispose();
        _torch?.Dispose();
        _parts.Bert.Dispose();
    }

    private void EncodeFew(QueryWindows windows, TokenMatrix destination)
    {
        int row = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            int kept = windows.KeptOf(window), seen = windows.Lengths[window];
            Few.Encode(windows.Ids.AsSpan(window * windows.Length, Math.Max(kept, seen)), seen, destination.Values.Slice(row * Dimension, kept * Dimension));
            row += kept;
        }
    }
}
