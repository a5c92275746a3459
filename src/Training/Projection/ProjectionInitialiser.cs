using System.Globalization;
using System.Numerics.Tensors;
using Jmlr.Index.Encoding;
using Jmlr.Models.Packaging;
using Jmlr.Models.Progress;
using Jmlr.Models.Weights;

namespace Jmlr.Training.Projection;

/// <summary>What the initialisation found.</summary>
/// <param name="Passages">Passages used.</param>
/// <param name="Tokens">Token vectors used.</param>
/// <param name="Energy">Share of the squared length of the vectors that the kept directions hold.</param>
/// <param name="Path">File written.</param>
public sealed record ProjectionReport(int Passages, long Tokens, double Energy, string Path);

/// <summary>
/// First projection of an encoder that was never trained for late interaction: the leading principal directions of its token vectors, followed by a
/// fixed random rotation (<c>train retriever --init pca</c>).
/// </summary>
public static class ProjectionInitialiser
{
    /// <summary>File of the projection inside a model folder.</summary>
    public const string ProjectionPath = "joint/projection.safetensors";

    private const ulong RotationSeed = 20261125;

    /// <summary>Computes [dimension, hidden] from <paramref name="passages"/> and makes it part of the model folder.</summary>
    public static ProjectionReport Run(
        ModelFolder model, IReadOnlyList<string> passages, int dimension, EncoderOptions options, IProgress<ProgressReport>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(passages);
        if (passages.Count == 0)
        {
            Throw.NoPassages();
        }

        SecondMoment moment;
        using (ColbertEncoder encoder = ColbertCheckpoint.OpenUnprojected(model, options))
        {
            if (dimension < 1 || dimension > encoder.Dimension)
            {
                Throw.Dimension(dimension, encoder.Dimension);
            }

            moment = SecondMoment.Of(encoder, passages, progress, cancellation);
        }

        (float[] projection, double energy) = Compute(moment.Values, moment.Size, dimension);
        string path = model.Resolve(ProjectionPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsWriter.Write(path, [("linear.weight", [dimension, moment.Size], projection)], new Dictionary<string, string>
        {
            ["algorithm"] = "uncentred pca + random rotation",
            ["rotation_seed"] = RotationSeed.ToString(CultureInfo.InvariantCulture),
            ["passages"] = passages.Count.ToString(CultureInfo.InvariantCulture),
            ["tokens"] = moment.Tokens.ToString(CultureInfo.InvariantCulture),
            ["energy"] = energy.ToString("0.0000", CultureInfo.InvariantCulture),
        });
        Register(model);
        return new ProjectionReport(passages.Count, moment.Tokens, energy, path);
    }

    /// <summary>Rotated leading eigenvectors as rows [dimension, size], and their share of the trace.</summary>
    internal static (float[] Projection, double Energy) Compute(ReadOnlySpan<double> moment, int size, int dimension)
    {
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(moment, size);
        double[] rotation = RandomRotation.Make(dimension, RotationSeed), row = new double[size];
        float[] projection = new float[dimension * size];
        for (int i = 0; i < dimension; i++)
        {
            Array.Clear(row);
            for (int k = 0; k < dimension; k++)
            {
                TensorPrimitives.MultiplyAdd(vectors.AsSpan(k * size, size), rotation[(i * dimension) + k], row, row);
            }

            TensorPrimitives.ConvertTruncating<double, float>(row, projection.AsSpan(i * size, size));
        }

        return (projection, values.Take(dimension).Sum() / values.Sum());
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
