using Jmlr.Models.Errors;
using Jmlr.Training.Projection;

namespace Jmlr.Training.Tests.Projection;

public sealed class SymmetricEigenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(96)]
    public void A_matrix_of_known_eigenvalues_gives_them_back(int size)
    {
        double[] wanted = [.. Enumerable.Range(0, size).Select(i => Math.Pow(0.8, i) * 100)];
        double[] basis = RandomRotation.Make(size, 5);
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(Compose(wanted, basis, size), size);
        for (int i = 0; i < size; i++)
        {
            Assert.Equal(wanted[i], values[i], 1e-10);
            Assert.Equal(1, Math.Abs(Dot(vectors.AsSpan(i * size, size), basis.AsSpan(i * size, size))), wanted[i] > 1e-3 ? 1e-9 : 1e-3);
        }
    }

    [Theory]
    [InlineData("equal")]
    [InlineData("zero")]
    [InlineData("rank one")]
    [InlineData("negative")]
    [InlineData("blocks")]
    [InlineData("huge")]
    [InlineData("tiny")]
    public void Degenerate_matrices_decompose_into_an_orthonormal_basis(string kind)
    {
        const int size = 12;
        double[] basis = RandomRotation.Make(size, 11);
        double[] matrix = kind switch
        {
            "equal" => Compose([.. Enumerable.Repeat(3.0, size)], basis, size),
            "zero" => new double[size * size],
            "rank one" => Compose([7, .. Enumerable.Repeat(0.0, size - 1)], basis, size),
            "negative" => Compose([.. Enumerable.Range(0, size).Select(i => i - 6.0)], basis, size),
            "blocks" => Blocks(size),
            "huge" => Compose([.. Enumerable.Range(1, size).Select(i => i * 1e100)], basis, size),
            _ => Compose([.. Enumerable.Range(1, size).Select(i => i * 1e-100)], basis, size),
        };
        double scale = Math.Max(double.Epsilon, matrix.Max(Math.Abs));
        (double[] values, double[] vectors) = SymmetricEigen.Decompose(matrix, size);
        Assert.Equal(values.OrderDescending(), values);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                Assert.Equal(i == j ? 1 : 0, Dot(vectors.AsSpan(i * size, size), vectors.AsSpan(j * size, size)), 1e-12);
                // A v = value v, entry by entry.
                Assert.Equal(values[i] * vectors[(i * size) + j] / scale, Dot(matrix.AsSpan(j * size, size), vectors.AsSpan(i * size, size)) / scale, 1e-12);
            }

            Assert.True(vectors.AsSpan(i * size, size).ToArray().MaxBy(Math.Abs) > 0);
        }
    }

    [Fact]
    public void A_matrix_that_is_not_finite_is_refused() => Assert.Throws<JmlrOperationException>(() => SymmetricEigen.Decompose([1, double.NaN, double.NaN, 1], 2));

    private static double[] Blocks(int size)
    {
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            matrix[(i * size) + i] = 1 + (i / 2);
            matrix[(i * size) + (i ^ 1)] = 0.5;
        }

        return matrix;
    }

    private static double[] Compose(double[] values, double[] basis, int size)
    {
        double[] matrix = new double[size * size];
        for (int k = 0; k < size; k++)
        {
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    matrix[(i * size) + j] += values[k] * (basis[(k * size) + i] * basis[(k * size) + j]);
                }
            }
        }

        return matrix;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
