using Jmlr.Index.Encoding;
using Jmlr.Models.Progress;
using static TorchSharp.torch;

namespace Jmlr.Training.Projection;

/// <summary>Uncentred second-moment matrix of token vectors, accumulated in fp64: [hidden, hidden].</summary>
sealed class SecondMoment
{
    // Passages encoded between two reports.
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

    internal static SecondMoment Of(ITokenEncoder encoder, IReadOnlyList<string> passages, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        int size = encoder.Dimension;
        using var scope = NewDisposeScope();
        Tensor sum = zeros(size, size, dtype: float64);
        long tokens = 0;
        for (int start = 0; start < passages.Count; start += Block)
        {
            string[] block = [.. passages.Skip(start).Take(Block)];
            var rows = new List<float>(Block * 128 * size);
            encoder.EncodePassages(block, (_, vectors) => rows.AddRange(vectors), cancellation);
            tokens += rows.Count / size;
            using var inner = NewDisposeScope();
            Tensor matrix = tensor(rows.ToArray(), rows.Count / size, size).to(float64);
            sum.add_(matrix.t().matmul(matrix));
            progress?.Report(new ProgressReport("encode", start + block.Length, passages.Count, "passages", tokens, "tokens"));
        }

        return new SecondMoment(sum.data<double>().ToArray(), size, tokens);
    }
}
