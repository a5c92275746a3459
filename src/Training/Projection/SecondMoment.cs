using Jmlr.Index.Encoding;
using Jmlr.Models.Progress;
using static TorchSharp.torch;

namespace Jmlr.Training.Projection;

/// <summary>Uncentred second-moment matrix of token vectors, accumulated in fp64: [hidden, hidden].</summary>
sealed class SecondMoment
{
    // Sentences encoded between two reports.
    private const int Block = 64;

    private SecondMoment(double[] values, int size, long tokens)
    {
        Values = values;
        Size = size;
        Tokens = tokens;
    }

    /// <summary>Row-major, symmetric.</summary>
    internal double[] Values { get; }

    /// <summary>Rows and columns.</summary>
    internal int Size { get; }

    /// <summary>Vectors it was made of.</summary>
    internal long Tokens { get; }

    /// <summary>Of the token vectors of sentences, each encoded by itself as a query is.</summary>
    internal static SecondMoment Of(ITokenEncoder encoder, IReadOnlyList<string> sentences, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        int size = encoder.Dimension;
        using var scope = NewDisposeScope();
        Tensor sum = zeros(size, size, dtype: float64);
        var sentence = new TokenMatrix(size);
        var rows = new List<float>(Block * 32 * size);
        long tokens = 0;
        for (int start = 0; start < sentences.Count; start += Block)
        {
            int end = Math.Min(start + Block, sentences.Count);
            rows.Clear();
            for (int i = start; i < end; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                encoder.EncodeQuery(sentences[i], sentence);
                rows.AddRange(sentence.Values);
            }

            tokens += rows.Count / size;
            using var inner = NewDisposeScope();
            Tensor matrix = tensor(rows.ToArray(), rows.Count / size, size).to(float64);
            sum.add_(matrix.t().matmul(matrix));
            progress?.Report(new ProgressReport("encode", end, sentences.Count, "sentences", tokens, "tokens"));
        }

        return new SecondMoment(sum.data<double>().ToArray(), size, tokens);
    }
}
