using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Encoding.Attention;
using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Bench.Encoders;

/// <summary>Where the time of one encoder layer goes: every operation of the forward pass at the shapes of the shipped encoder, and the alternatives that were weighed.</summary>
static class LayerBench
{
    private const int Hidden = 384, Heads = 12, Inner = 1536, Rounds = 12;

    internal static void Run(int batch, int tokens, TextWriter output)
    {
        for (int threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
        {
            TorchRuntime.Start(threads);
            foreach (ScalarType type in (ScalarType[])[float32, bfloat16])
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type}, {threads} thread(s), [{batch}, {tokens}], microseconds, best of {Rounds}:"));
                Measure(batch, tokens, threads, type, output);
            }
        }
    }

    private static void Measure(int batch, int tokens, int threads, ScalarType type, TextWriter output)
    {
        using var mode = inference_mode();
        using FusedAttention? ours = FusedAttention.Supports(Hidden / Heads, type, CPU) ? new FusedAttention(Heads, Hidden / Heads, threads) : null;
        using var scope = NewDisposeScope();
        Tensor Make(params long[] shape) => randn(shape).mul(0.05).to(type);
        Tensor hidden = Make(batch, tokens, Hidden), wide = Make(batch, tokens, Inner), joined = Make(batch, tokens, 3 * Hidden);
        Tensor attention = Make(3 * Hidden, Hidden), attentionBias = Make(3 * Hidden), square = Make(Hidden, Hidden), bias = Make(Hidden);
        Tensor up = Make(Inner, Hidden), upBias = Make(Inner), down = Make(Hidden, Inner);
        Tensor Part(int i) => joined.view(batch, tokens, 3, Heads, Hidden / Heads).permute(2, 0, 3, 1, 4)[i];
        Tensor Join(Tensor context) => context.transpose(1, 2).reshape(batch, tokens, Hidden);
        Tensor mask = ones(batch, 1, 1, tokens, dtype: ScalarType.Bool);
        Tensor scores = Part(0).matmul(Part(1).transpose(-2, -1));
        (string Name, Func<Tensor> Operation)[] operations =
        [
            ("query, key, value", () => nn.functional.linear(hidden, attention, attentionBias)),
            ("attention, fused", () => Join(nn.functional.scaled_dot_product_attention(Part(0), Part(1), Part(2)))),
            ("attention, fused, mask", () => Join(nn.functional.scaled_dot_product_attention(Part(0), Part(1), Part(2), mask))),
            ("attention, ours", () => ours?.Run(joined, null) ?? Join(Part(0).matmul(Part(1).transpose(-2, -1)).softmax(-1).matmul(Part(2)))),
            ("attention, plain", () => Join(Part(0).matmul(Part(1).transpose(-2, -1)).softmax(-1).matmul(Part(2)))),
            ("  scores", () => Part(0).matmul(Part(1).transpose(-2, -1))),
            ("  softmax", () => scores.softmax(-1)),
            ("  values", () => scores.matmul(Part(2))),
            ("attention output", () => nn.functional.linear(hidden, square, bias)),
            ("residual, norm", () => nn.functional.layer_norm(hidden.add(hidden), [Hidden], bias, bias, 1e-12)),
            ("intermediate", () => nn.functional.linear(hidden, up, upBias)),
            ("gelu", () => nn.functional.gelu(wide)),
            ("output", () => nn.functional.linear(wide, down, bias)),
        ];
        double[] best = [.. operations.Select(_ => double.MaxValue)];
        for (int round = 0; round <= Rounds; round++)
        {
            for (int i = 0; i < operations.Length; i++)
            {
                using var inner = NewDisposeScope();
                long started = Stopwatch.GetTimestamp();
                operations[i].Operation();
                best[i] = round == 0 ? best[i] : Math.Min(best[i], Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            }
        }

        for (int i = 0; i < operations.Length; i++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {operations[i].Name,-24}{best[i],10:0}"));
        }
    }
}
