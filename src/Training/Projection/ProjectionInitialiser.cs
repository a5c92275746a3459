using System.Globalization;
using System.Numerics.Tensors;
using Jmlr.Index.Encoding;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;

namespace Jmlr.Training.Projection;

/// <summary>What the initialisation found.</summary>
/// <param name="Passages">Passages it was made from.</param>
/// <param name="Sentences">Sentences of theirs that were encoded.</param>
/// <param name="Tokens">Token vectors of these.</param>
/// <param name="Energy">Share of the squared length of the vectors that the kept directions hold.</param>
/// <param name="Path">File written.</param>
public sealed record ProjectionReport(int Passages, int Sentences, long Tokens, double Energy, string Path);

/// <summary>
/// First projection of an encoder that was never trained for late interaction (<c>train retriever --init pca</c>): the leading principal directions of the token vectors
/// of sentences, each divided by a power of its variance, then a fixed random rotation. Sentences and not whole passages: a word's vector holds much of the text around it, and
/// of a short text that is what a query's vectors are made of.
/// </summary>
public static class ProjectionInitialiser
{
    /// <summary>File of the projection inside a model folder.</summary>
    public const string ProjectionPath = "joint/projection.safetensors";

    /// <summary>
    /// Each direction is divided by its variance to this power: 0 keeps the cosines as they are, 0.5 gives every direction the same weight. The strongest directions
    /// are common to all tokens and tell none apart. Measured in docs/training.md.
    /// </summary>
    public const double DefaultPower = 0.4;

    private const ulong RotationSeed = 20261125;
    private const int MaxSentences = 4000, ShortestSentence = 9;
    private const double SmallestVariance = 1e-9;

    /// <summary>Computes [dimension, hidden] from <paramref name="passages"/> and makes it part of the model folder.</summary>
    public static ProjectionReport Run(
        ModelFolder model, IReadOnlyList<string> passages, int dimension, double power, EncoderOptions options, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(passages);
        ArgumentNullException.ThrowIfNull(options);
        string[] sentences = Sentences(passages);
        if (sentences.Length == 0)
        {
            Throw.NoPassages();
        }

        TorchRuntime.Start(options.Threads);
        SecondMoment moment;
        using (ColbertEncoder encoder = ColbertCheckpoint.OpenUnprojected(model, options))
        {
            if (dimension < 1 || dimension > encoder.Dimension)
            {
                Throw.Dimension(dimension, encoder.Dimension);
            }

            moment = SecondMoment.Of(encoder, sentences, progress, cancellation);
        }

        (float[] projection, double energy) = Compute(moment.Values, moment.Size, dimension, power);
        string path = model.Resolve(ProjectionPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsWriter.Write(path, [("linear.weight", [dimension, moment.Size], projection)], new Dictionary<string, string>
        {
            ["algorithm"] = "uncentred pca of sentences, divided by variance^power, + random rotation",
            ["power"] = power.ToString(CultureInfo.InvariantCulture),
            ["rotation_seed"] = RotationSeed.ToString(CultureInfo.InvariantCulture),
            ["passages"] = passages.Count.ToString(CultureInfo.InvariantCulture),
            ["sentences"] = sentences.Length.ToString(CultureInfo.InvariantCulture),
            ["tokens"] = moment.Tokens.ToString(CultureInfo.InvariantCulture),
            ["energy"] = energy.ToString("0.0000", CultureInfo.InvariantCulture),
        });
        Register(model);
        return new ProjectionReport(passages.Count, sentences.Length, moment.Tokens, energy, path);
    }

    /// <summary>
    /// Rotated leading eigenvectors as rows [dimension, size], each scaled by (its eigenvalue / the largest)^-<paramref name="power"/> before the rotation, and
    /// their share of the trace.
    /// </summary>
    internal static (float[] Projection, double Energy) Compute(ReadOnlySpan<double> moment, int size, int dimension, double power)
    {
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(moment, size);
        double[] rotation = RandomRotation.Make(dimension, RotationSeed), row = new double[size];
        float[] projection = new float[dimension * size];

        // Vectors of fewer directions than are kept leave variances of 0.
        double[] scales = [.. values.Take(dimension).Select(value => Math.Pow(Math.Max(value / values[0], SmallestVariance), -power))];
        for (int i = 0; i < dimension; i++)
        {
            Array.Clear(row);
            for (int k = 0; k < dimension; k++)
            {
                TensorPrimitives.MultiplyAdd(vectors.AsSpan(k * size, size), rotation[(i * dimension) + k] * scales[k], row, row);
            }

            TensorPrimitives.ConvertTruncating<double, float>(row, projection.AsSpan(i * size, size));
        }

        return (projection, values.Take(dimension).Sum() / values.Sum());
    }

    /// <summary>At most <see cref="MaxSentences"/>, spread evenly over all passages.</summary>
    private static string[] Sentences(IReadOnlyList<string> passages)
    {
        List<(string Passage, CharSpan Span)> all = [];
        foreach (string passage in passages)
        {
            all.AddRange(SentenceSplitter.Split(passage).Where(span => span.Length >= ShortestSentence).Select(span => (passage, span)));
        }

        int count = Math.Min(all.Count, MaxSentences);
        return [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Count / count)]).Select(sentence => sentence.Passage[sentence.Span.Start..sentence.Span.End])];
    }

    private static void Register(ModelFolder model)
    {
        ModelManifest manifest = model.Manifest;
        var part = new ModelPart { Path = ProjectionPath, Role = "projection", Sha256 = "", Bytes = 0, Licence = "Apache-2.0", Source = "jmlr train retriever --init pca" };
        ModelFolder.Save(model.Path, manifest with
        {
            Retriever = manifest.Retriever with { Projection = ProjectionPath },
            Parts = [.. manifest.Parts.Where(other => other.Path != ProjectionPath), part],
        });
    }
}
