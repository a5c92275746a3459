using Jmlr.Llm.Configuration;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Kernels;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>Vector kernels against the plain twin, over sizes with and without a tail.</summary>
public sealed unsafe class FloatKernelTests
{
    private static readonly FloatKernels s_plain = new();
    private readonly Random _random = new(5);

    public static TheoryData<string> Sets() => [.. InstructionSet.Available];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Elementwise(string set)
    {
        FloatKernels kernels = InstructionSet.Create(set).Floats;
        foreach (int n in (int[])[1, 7, 16, 32, 45, 64, 100, 576])
        {
            float[] a = Numbers(n, 20), b = Numbers(n, 3);
            Compare(n, 1e-5, (k, x, y) => k.RmsNorm(x, x + n, 1e-5f, y, n), kernels, [.. a, .. b]);
            Compare(n, 1e-5, (k, x, y) => k.SiluMultiply(x, x + n, y, n), kernels, [.. a, .. b]);
            Compare(n, 0, (k, x, y) => { new Span<float>(x, n).CopyTo(new Span<float>(y, n)); k.Add(y, x + n, n); }, kernels, [.. a, .. b]);
            Compare(n, 0, (k, x, y) => { ushort* halves = stackalloc ushort[n]; k.Narrow(x, halves, n); k.Widen(halves, y, n); }, kernels, [.. a]);
            int half = n / 2;
            Compare(2 * half, 1e-5, (k, x, y) => { new Span<float>(x, 2 * half).CopyTo(new Span<float>(y, 2 * half)); k.Rotate(y, x + n, x + n + half, half, 0.5f); }, kernels, [.. a, .. b]);
        }
    }

    [Fact]
    public void Halves_round_to_even_and_stay_finite()
    {
        float[] values = [0, -0f, 1, 65504, 70000, -70000, 1e-8f, 6e-8f, 5.96e-8f, 1.0005f, 1.00048828125f, 1.00146484375f, -3.1415927f, 6.1e-5f, 2048.5f, 2049.5f];
        foreach (string set in InstructionSet.Available)
        {
            Compare(16, 0, (k, x, y) => { ushort* halves = stackalloc ushort[16]; k.Narrow(x, halves, 16); k.Widen(halves, y, 16); }, InstructionSet.Create(set).Floats, values);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Attention(string set)
    {
        FloatKernels kernels = InstructionSet.Create(set).Floats;
        foreach (int head in (int[])[16, 64, 80, 128])
        {
            float[] input = [.. Numbers(4 * head, 2), .. Numbers(64 * head, 2)];
            Compare(256, 1e-4, (k, x, y) => k.Scores(x, x + (4 * head), head, y), kernels, input);
            float[] values = [.. Numbers(256, 1), .. Numbers(4, 1), .. Numbers(64 * head, 2), .. Numbers(4 * (head + 16), 2)];
            Compare(4 * (head + 16), 1e-4, (k, x, y) =>
            {
                new Span<float>(x + 260 + (64 * head), 4 * (head + 16)).CopyTo(new Span<float>(y, 4 * (head + 16)));
                k.AddValues(x, x + 256, x + 260, 37, head, y, head + 16);
            }, kernels, values);
        }

        float[] scores = Numbers(64, 30);
        scores.AsSpan(50).Fill(float.NegativeInfinity);
        Compare(67, 1e-5, (k, x, y) =>
        {
            new Span<float>(x, 64).CopyTo(new Span<float>(y, 64));
            y[64] = float.NegativeInfinity;
            y[65] = 0;
            y[66] = k.Softmax(y, ref y[64], ref y[65]);
        }, kernels, scores);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Quantised_keys_and_values(string set)
    {
        FloatKernels kernels = InstructionSet.Create(set).Floats;
        foreach (int head in (int[])[16, 32, 64, 80, 128])
        {
            int blocks = (head + 31) / 32;
            sbyte[] quants = [.. Enumerable.Range(0, 16 * head).Select(_ => (sbyte)_random.Next(-127, 128))];
            ushort[] scales = [.. Enumerable.Range(0, 16 * blocks).Select(_ => BitConverter.HalfToUInt16Bits((Half)(_random.NextDouble() / 50)))];
            fixed (sbyte* q = quants)
            fixed (ushort* s = scales)
            {
                // Pointers cannot be captured; addresses can.
                nint at = (nint)q, by = (nint)s;
                Compare(16 * head, 0, (k, _, y) => k.WidenKeys((sbyte*)at, (ushort*)by, y, head), kernels, [0]);
                Compare(16 * head, 0, (k, _, y) => k.WidenValues((sbyte*)at, (ushort*)by, y, head), kernels, [0]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Stored_keys_and_values_give_the_bits_of_widened_ones(string set)
    {
        FloatKernels kernels = InstructionSet.Create(set).Floats;
        foreach (KeyValueFormat format in (KeyValueFormat[])[KeyValueFormat.Half, KeyValueFormat.Q8])
        {
            if (!kernels.ReadsStored(format))
            {
                continue;
            }

            foreach (int head in (int[])[16, 32, 48, 64, 80, 128])
            {
                LlamaConfiguration c = Shape(head);
                using KeyValueCache cache = new(this, c, 64, format, kernels);
                cache.Reserve(64);
                for (int position = 0; position < 64; position++)
                {
                    fixed (float* key = Numbers(head, 2), value = Numbers(head, 2))
                    {
                        cache.Write(0, 0, position, key, value);
                    }
                }

                cache.Advance(64);
                float[] keys = new float[64 * head], values = new float[64 * head], queries = Numbers(4 * head, 2), weights = Numbers(256, 1), factors = Numbers(4, 1), sums = Numbers(4 * (head + 16), 2);
                foreach ((int rows, int count) in ((int, int)[])[(1, 64), (1, 37), (2, 1), (3, 64), (4, 50)])
                {
                    float[] scores = new float[256], stored = new float[256], added = [.. sums], addedStored = [.. sums];
                    fixed (float* k = keys, v = values, q = queries, p = weights, f = factors, a = scores, b = stored, x = added, y = addedStored)
                    {
                        cache.Widen(0, 0, 0, 64, k, v);
                        kernels.Scores(q, k, head, a);
                        kernels.ScoresStored(q, rows, cache.StoredKeys(0, 0, 0), head, b);
                        kernels.AddValues(p, f, v, count, head, x, head + 16);
                        kernels.AddStoredValues(p, f, rows, cache.StoredValues(0, 0, 0), count, head, y, head + 16);
                    }

                    Assert.Equal(scores[..(64 * rows)], stored[..(64 * rows)]);
                    for (int row = 0; row < rows; row++)
                    {
                        Assert.Equal(added.AsSpan(row * (head + 16), head), addedStored.AsSpan(row * (head + 16), head));
                    }
                }
            }
        }
    }

    private static LlamaConfiguration Shape(int head) => new()
    {
        LayerCount = 1,
        HiddenSize = head,
        FeedForwardSize = head,
        HeadCount = 1,
        KeyValueHeadCount = 1,
        HeadSize = head,
        VocabularySize = 1,
        ContextLength = 64,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 10000,
    };

    private delegate void Kernel(FloatKernels kernels, float* input, float* output);

    private static void Compare(int outputs, double tolerance, Kernel run, FloatKernels kernels, float[] input)
    {
        float[] expected = new float[outputs], actual = new float[outputs];
        fixed (float* x = input, e = expected, a = actual)
        {
            run(s_plain, x, e);
            run(kernels, x, a);
        }

        for (int i = 0; i < outputs; i++)
        {
            Assert.True(expected[i] == actual[i] || Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"element {i}: {expected[i]} and {actual[i]}");
        }
    }

    private float[] Numbers(int n, double size) => [.. Enumerable.Range(0, n).Select(_ => (float)((_random.NextDouble() - 0.5) * 2 * size))];
}
