using Jmlr.Training.Projection;

namespace Jmlr.Training.Tests.Projection;

public sealed class ProjectionTests
{
    [Fact]
    public void A_rotation_is_orthogonal_and_the_same_every_time()
    {
        const int size = 128;
        double[] rotation = RandomRotation.Make(size, 7);
        Assert.Equal(rotation, RandomRotation.Make(size, 7));
        Assert.NotEqual(rotation, RandomRotation.Make(size, 8));
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double dot = Enumerable.Range(0, size).Sum(k => rotation[(i * size) + k] * rotation[(j * size) + k]);
                Assert.Equal(i == j ? 1 : 0, dot, 1e-10);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.4)]
    public void The_projection_spans_the_leading_directions_each_divided_by_a_power_of_its_variance(double power)
    {
        // A moment matrix with known directions: three of weight 10, 5 and 2, the rest 0.01.
        const int size = 24, kept = 3;
        double[] basis = RandomRotation.Make(size, 3);
        double[] weights = [10, 5, 2, .. Enumerable.Repeat(0.01, size - kept)];
        double[] moment = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                moment[(i * size) + j] = Enumerable.Range(0, size).Sum(k => weights[k] * basis[(k * size) + i] * basis[(k * size) + j]);
            }
        }

        (float[] projection, double energy) = ProjectionInitialiser.Compute(moment, size, kept, power);
        Assert.Equal(17 / (17 + ((size - kept) * 0.01)), energy, 1e-9);
        for (int k = 0; k < size; k++)
        {
            double length = Enumerable.Range(0, kept).Sum(row => Math.Pow(Enumerable.Range(0, size).Sum(i => projection[(row * size) + i] * basis[(k * size) + i]), 2));
            Assert.Equal(k < kept ? Math.Pow(weights[k] / weights[0], -2 * power) : 0, length, 1e-5);
        }

        Assert.Equal(projection, ProjectionInitialiser.Compute(moment, size, kept, power).Projection);
    }
}
