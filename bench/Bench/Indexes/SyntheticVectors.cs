using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Jmlr.Models.Randomness;

namespace Jmlr.Bench.Indexes;

/// <summary>
/// Any number of passages of unit vectors around common directions, made on demand: a topic plus a stretch of a long row of normal noise. What making them takes is counted, so that it can
/// be left out.
/// </summary>
sealed class SyntheticVectors : GivenVectors
{
    internal const int TokensEach = 120;
    private const int Width = 128, Topics = 8192, NoiseLength = 1 << 22;
    private const float Noise = 0.75f; // length of the noise over that of the topic: residuals like those of real token vectors

    private readonly float[] _noise = new float[NoiseLength + Width];
    private readonly float[] _topics = new float[Topics * Width];
    private readonly ushort[] _rows = new ushort[TokensEach * Width];

    /// <summary>The passages from <paramref name="first"/> on.</summary>
    internal SyntheticVectors(int first, int passages)
    {
        var random = new SplitMix64(99);
        for (int i = 0; i < _noise.Length; i++)
        {
            // Twelve uniform numbers add up to nearly a normal one of variance 1.
            float sum = -6;
            for (int part = 0; part < 12; part++)
            {
                sum += (float)random.NextDouble();
            }

            _noise[i] = sum * Noise / MathF.Sqrt(Width);
        }

        for (int topic = 0; topic < Topics; topic++)
        {
            Span<float> vector = _topics.AsSpan(topic * Width, Width);
            _noise.AsSpan(random.Below(NoiseLength), Width).CopyTo(vector);
            Normalise(vector);
        }

        Number(first, first + passages);
    }

    public override int Dimension => Width;

    /// <summary>Seconds spent making vectors.</summary>
    internal double Seconds { get; private set; }

    internal override ReadOnlySpan<ushort> Rows(int passage)
    {
        long started = Stopwatch.GetTimestamp();
        var random = new SplitMix64((ulong)passage << 32);
        Span<float> vector = stackalloc float[Width];
        for (int token = 0; token < TokensEach; token++)
        {
            // Words repeat: small topic numbers are frequent.
            double share = random.NextDouble();
            int topic = (int)(share * share * Topics), noise = (int)(random.NextDouble() * NoiseLength);
            TensorPrimitives.Add(_topics.AsSpan(topic * Width, Width), _noise.AsSpan(noise, Width), vector);
            Normalise(vector);
            TensorPrimitives.ConvertToHalf(vector, MemoryMarshal.Cast<ushort, Half>(_rows.AsSpan(token * Width, Width)));
        }

        Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        return _rows;
    }

    private static void Normalise(Span<float> vector) => TensorPrimitives.Multiply(vector, 1 / TensorPrimitives.Norm(vector), vector);
}
