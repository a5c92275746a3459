using System.Runtime.InteropServices;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Encoding.Passages;
using Jmlr.Index.Kernels;
using Jmlr.Models.Torch;
using Jmlr.Models.Weights;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>The way of passages on matrix units against libtorch in fp32, and its parts against fp64.</summary>
public sealed unsafe class PassageBertTests
{
    private const string NeedsUnits = "needs AVX-512 and AMX";

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 17, 64, 65, 3, 33, 130 })]
    [InlineData(2, new[] { 180, 511, 96 })]
    public void Passages_have_the_vectors_that_libtorch_gives(int threads, int[] lengths)
    {
        TorchRuntime.Start(2);
        string folder = Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever");
        BertConfiguration configuration = BertConfiguration.Read(Path.Combine(folder, "config.json"));
        using var file = new BertFile(WeightSource.Open(folder), configuration);
        using var weights = new BertWeights(file, bfloat16, CPU);
        Assert.SkipUnless(PassageBert.Supports(configuration, weights), NeedsUnits);
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        using var reference = new BertEncoder(configuration, new BertWeights(file, float32, CPU), 1);
        using var bert = new PassageBert(configuration, weights);
        const int Dimension = 48;
        Tensor projection = randn([configuration.HiddenSize, Dimension], generator: new Generator(7)); // filled up to 64 inside
        using var crew = new PassageCrew(bert, projection, threads);
        int[][] rows = [.. lengths.Select((length, row) => Enumerable.Range(0, length).Select(i => 1000 + (((i * 977) + (row * 31)) % 20_000)).ToArray())];
        for (int round = 0; round < 2; round++)
        {
            int received = 0;
            crew.Run(rows, id => id % 5 != 0, (passage, vectors) =>
            {
                Assert.Equal(received++, passage);
                Tensor states = reference.Forward(tensor(rows[passage].Select(id => (long)id).ToArray(), 1, rows[passage].Length), null);
                float[] expected = Floats(nn.functional.normalize(states.matmul(projection), p: 2, dim: -1));
                int kept = 0;
                for (int token = 0; token < rows[passage].Length; token++)
                {
                    if (rows[passage][token] % 5 != 0)
                    {
                        float cosine = TensorPrimitives.Dot(expected.AsSpan(token * Dimension, Dimension), vectors.Slice(kept++ * Dimension, Dimension));
                        Assert.True(cosine >= 0.999, $"passage {passage}, token {token}: cosine {cosine}");
                    }
                }

                Assert.Equal(kept * Dimension, vectors.Length);
            }, TestContext.Current.CancellationToken);
            Assert.Equal(rows.Length, received);
        }
    }

    [Theory]
    [InlineData(16, 32, 32, 0, 32)]
    [InlineData(64, 160, 96, 32, 64)]
    [InlineData(48, 5, 64, 0, 64)]
    [InlineData(32, 288, 416, 384, 32)]
    public void Products_are_those_of_fp64(int rows, int outputs, int inputs, int from, int count)
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(TileProduct.IsSupported, NeedsUnits);
        using var scope = NewDisposeScope();
        Tensor weight = randn([outputs, inputs], generator: new Generator(3)).to(bfloat16), input = randn([rows, count], generator: new Generator(4)).to(bfloat16), bias = randn([outputs], generator: new Generator(5)).to(bfloat16);
        using var linear = new PackedLinear(weight, bias);
        float[] w = Floats(weight), x = Floats(input);
        using var paired = new AlignedBuffer<ushort>();
        using var results = new AlignedBuffer<float>();
        Paired(x, paired.Ensure(x.Length));
        for (int first = 0; first < linear.Outputs; first += PackedLinear.PanelOutputs)
        {
            for (int times = 1; times <= 2; times++)
            {
                linear.Multiply(first, from, count, paired.Pointer, count, rows, results.Ensure((long)rows * PackedLinear.PanelOutputs), PackedLinear.PanelOutputs, add: times > 1);
                for (int row = 0; row < rows; row++)
                {
                    for (int output = 0; output < linear.Width(first); output++)
                    {
                        double expected = first + output < outputs ? Enumerable.Range(0, count).Sum(i => (double)w[((first + output) * inputs) + from + i] * x[(row * count) + i]) : 0;
                        Assert.InRange(results.Pointer[(row * PackedLinear.PanelOutputs) + output] - (times * expected), -1e-3, 1e-3);
                    }
                }
            }
        }

        TileProduct.Release();
        Assert.Equal(Floats(bias), new ReadOnlySpan<float>(linear.Bias, outputs));
    }

    [Theory]
    [InlineData(1, 32, 1)]
    [InlineData(17, 32, 3)]
    [InlineData(63, 64, 2)]
    [InlineData(64, 32, 1)]
    [InlineData(97, 96, 1)]
    [InlineData(180, 32, 2)]
    [InlineData(511, 64, 1)]
    public void Attention_gives_the_softmax_weighted_sum(int tokens, int headSize, int heads)
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(TileProduct.IsSupported && ActiveInstructionSet.Value == InstructionSet.Avx512, NeedsUnits);
        using var scope = NewDisposeScope();
        int hidden = heads * headSize;
        // What lies beyond the last token may be anything.
        float[] joined = Floats(randn([tokens + PairedAttention.Queries, 3 * hidden], generator: new Generator(9)).to(bfloat16));
        joined.AsSpan(tokens * 3 * hidden).Fill(float.NaN);
        using var paired = new AlignedBuffer<ushort>();
        using var context = new AlignedBuffer<ushort>();
        Paired(joined, paired.Ensure(joined.Length));
        context.Ensure((long)tokens * hidden);
        using var attention = new PairedAttention();
        double[] weights = new double[tokens];
        for (int head = 0; head < heads; head++)
        {
            attention.Compute(paired.Pointer + (head * headSize), hidden, headSize, tokens, context.Pointer + (head * headSize));
        }

        TileProduct.Release();
        for (int head = 0; head < heads; head++)
        {
            for (int token = 0; token < tokens; token++)
            {
                int At(int other, int part) => (other * 3 * hidden) + (part * hidden) + (head * headSize);
                for (int key = 0; key < tokens; key++)
                {
                    weights[key] = Enumerable.Range(0, headSize).Sum(d => (double)joined[At(token, 0) + d] * joined[At(key, 1) + d]);
                }

                double largest = weights.Max(), sum = weights.Sum(weight => Math.Exp(weight - largest));
                for (int d = 0; d < headSize; d++)
                {
                    double expected = Enumerable.Range(0, tokens).Sum(key => Math.Exp(weights[key] - largest) * joined[At(key, 2) + d]) / sum;
                    float got = Value(context.Pointer, (token * hidden) + (head * headSize) + d);
                    // Weights and context are rounded to bf16, and the weights' errors add up where values cancel.
                    Assert.True(Math.Abs(expected - got) <= (0.004 * Math.Abs(expected)) + 0.01, $"head {head}, token {token}, column {d}: {got}, expected {expected}");
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(3, 160)]
    public void Steps_are_those_of_libtorch(int rows, int width)
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(ActiveInstructionSet.Value == InstructionSet.Avx512, NeedsUnits);
        using var scope = NewDisposeScope();
        Tensor values = randn([rows, width], generator: new Generator(1)).mul(3), bias = randn([width], generator: new Generator(2)), residual = randn([rows, width], generator: new Generator(3)).to(bfloat16);
        Tensor weight = randn([width], generator: new Generator(4)), sum = values.add(bias);
        using var pairs = new AlignedBuffer<ushort>();
        pairs.Ensure((long)rows * width);
        float[] input = Floats(values), shift = Floats(bias), scale = Floats(weight);
        fixed (float* x = input, b = shift, w = scale)
        {
            PairedSteps.AddBias(x, rows, width, b, pairs.Pointer, width);
            Near(sum, pairs);
            PairedSteps.Gelu(x, rows, width, b, pairs.Pointer, width);
            Near(nn.functional.gelu(sum), pairs);
            Paired(Floats(residual), pairs.Pointer);
            PairedSteps.AddAndNormalise(x, rows, width, b, pairs.Pointer, w, b, 1e-12f);
            Near(nn.functional.layer_norm(sum.add(residual.to(float32)), [width], weight, bias, 1e-12), pairs);
        }
    }

    [Fact]
    public void Gelu_holds_from_end_to_end()
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(ActiveInstructionSet.Value == InstructionSet.Avx512, NeedsUnits);
        using var scope = NewDisposeScope();
        float[] values = [.. Enumerable.Range(-640, 1280).Select(i => i / 32f)];
        float[] expected = Floats(nn.functional.gelu(tensor(values).to(float64)).to(float32)), got = new float[values.Length];
        for (int i = 0; i < values.Length; i += 16)
        {
            System.Runtime.Intrinsics.Vector512.CopyTo(PairedSteps.Gelu(System.Runtime.Intrinsics.Vector512.Create<float>(values.AsSpan(i, 16))), got, i);
        }

        Assert.All(got, (value, i) => Assert.InRange(value - expected[i], -1e-5 - (1e-4 * Math.Abs(expected[i])), 1e-5 + (1e-4 * Math.Abs(expected[i]))));
    }

    [Fact]
    public void Groups_hold_every_passage_once_and_few_passages_are_shared_out()
    {
        var random = new Random(5);
        int[][] rows = [.. Enumerable.Range(0, 300).Select(i => Enumerable.Repeat(i, 1 + random.Next(700)).ToArray())];
        PassageGroup[] groups = [.. PassageGroup.Make(rows, 2)];
        Assert.Equal(Enumerable.Range(0, rows.Length), groups.SelectMany(group => group.Passages));
        Assert.Equal(rows.SelectMany(row => row), groups.SelectMany(group => group.Ids));
        Assert.Equal(rows.Select(row => row.Length), groups.SelectMany(group => group.Lengths));
        Assert.All(groups, group => Assert.True(group.Passages.Length == 1 || group.Ids.Length <= 512));
        Assert.Equal(2, PassageGroup.Make([new int[100], new int[100]], 2).Count());
        Assert.Empty(PassageGroup.Make([], 2));
    }

    private static void Near(Tensor expected, AlignedBuffer<ushort> pairs) =>
        Assert.All(Floats(expected), (value, i) => Assert.InRange(Value(pairs.Pointer, i) - value, -1e-5 - (0.004 * Math.Abs(value)), 1e-5 + (0.004 * Math.Abs(value))));

    /// <summary>Values exact in bf16 as pairs: of 32, i and i + 16 side by side.</summary>
    private static void Paired(float[] values, ushort* pairs)
    {
        for (int i = 0; i < values.Length; i++)
        {
            pairs[Place(i)] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
        }
    }

    private static float Value(ushort* pairs, int at) => BitConverter.UInt32BitsToSingle((uint)pairs[Place(at)] << 16);

    private static int Place(int at) => (at / 32 * 32) + (at % 16 * 2) + (at % 32 / 16);

    private static float[] Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.to(float32).contiguous().bytes).ToArray();
}
