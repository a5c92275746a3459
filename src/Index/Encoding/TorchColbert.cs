using System.Runtime.InteropServices;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Encoding.Passages;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Index.Encoding;

/// <summary>The way of <see cref="ColbertEncoder"/> through libtorch: passages, and queries that its other way does not take. Not thread-safe.</summary>
sealed class TorchColbert : IDisposable
{
    private readonly ColbertParts _parts;
    private readonly Device _device;
    private readonly BertEncoder _bert;
    private readonly Tensor _projection; // [hidden, dim] fp32
    private readonly PassageCrew? _passages; // where the processor has matrix units

    /// <summary>Reads the weights; libtorch has been started.</summary>
    internal TorchColbert(ColbertParts parts)
    {
        _parts = parts;
        _device = TorchRuntime.Device(parts.Device);
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        BertConfiguration configuration = parts.Bert.Configuration;
        _bert = new BertEncoder(configuration, new BertWeights(parts.Bert, parts.IsBrain ? bfloat16 : float32, _device), parts.Threads);
        _projection = tensor(parts.Projection, parts.Dimension, configuration.HiddenSize).t().contiguous().to(_device).DetachFromDisposeScope();
        _passages = _bert.Passages is null ? null : new PassageCrew(_bert.Passages, _projection, parts.Threads);
    }

    private int Dimension => _parts.Dimension;

    /// <summary>Vectors of the windows' kept tokens into <paramref name="destination"/>, which has room for as many.</summary>
    internal void EncodeQuery(QueryWindows windows, TokenMatrix destination)
    {
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
        int row = 0;
        for (int window = 0; window < windows.Count; window++)
        {
            int kept = windows.KeptOf(window);
            values.Slice(window * windows.Length * Dimension, kept * Dimension).CopyTo(destination.Values[(row * Dimension)..]);
            row += kept;
        }
    }

    /// <summary>As <see cref="ITokenEncoder.EncodePassages"/>.</summary>
    internal void EncodePassages(IReadOnlyList<string> texts, PassageVectors receiver, CancellationToken cancellation)
    {
        if (_passages is not null)
        {
            int pad = _parts.Tokenizer.Pad;
            _passages.Run(PassageBatch.Rows(_parts.Tokenizer, _parts.Settings, texts), id => _parts.Settings.Keeps(id, pad), receiver, cancellation);
            return;
        }

        foreach (PassageBatch batch in PassageBatch.Make(_parts.Tokenizer, _parts.Settings, texts))
        {
            cancellation.ThrowIfCancellationRequested();
            Encode(batch, receiver);
        }
    }

    public void Dispose()
    {
        _passages?.Dispose();
        _bert.Dispose();
        _projection.Dispose();
    }

    private void EncodeAsPassages(PassageCrew passages, QueryWindows windows, TokenMatrix destination)
    {
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
            if (!_parts.Settings.Keeps((int)ids[token], _parts.Tokenizer.Pad))
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
