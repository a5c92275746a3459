using System.Text.Json;
using Jmlr.Llm.Generation;

namespace Jmlr.Llm.Tests.Generation;

/// <summary>Distributions against Hugging Face's logits processors.</summary>
public sealed class SamplingGoldenTests
{
    private static readonly string[] s_order = ["repetition_penalty", "temperature", "top_k", "top_p", "min_p"];

    [Fact]
    public void Distributions_in_the_order_of_Hugging_Face()
    {
        JsonElement golden = Goldens.Json("sampling/sampling.json");
        int compared = 0;
        foreach (JsonElement example in golden.GetProperty("cases").EnumerateArray())
        {
            JsonElement[][] chain = [.. example.GetProperty("chain").EnumerateArray().Select(step => step.EnumerateArray().ToArray())];
            int[] places = [.. chain.Select(step => Array.IndexOf(s_order, step[0].GetString()))];
            if (places.Contains(-1) || chain.Any(step => step.Length != 2) || example.GetProperty("name").GetString()!.Contains("min_keep", StringComparison.Ordinal) || !places.SequenceEqual(places.Order()) || places.Distinct().Count() != places.Length)
            {
                continue; // typical-p, n-gram bans and other orders are not ours
            }

            compared++;
            string input = example.GetProperty("input").GetString()!;
            float[] logits = Logits(golden, input);
            GenerationOptions options = new() { Temperature = 1 };
            foreach (JsonElement[] step in chain)
            {
                options = Apply(options, step[0].GetString()!, step[1].GetDouble());
            }

            double[] actual = new TokenSampler(logits.Length).Distribution(logits, Goldens.Ints(example.GetProperty("context_ids")), options).ToArray();
            Assert.True(example.GetProperty("n_kept").GetInt32() == actual.Count(p => p > 0), example.GetProperty("name").GetString());
            if (input != "flat")
            {
                double[] expected = Goldens.Doubles(example.GetProperty("probs"));
                Assert.All(Enumerable.Range(0, expected.Length), i => Assert.Equal(expected[i], actual[i], 1e-6));
            }
        }

        Assert.True(compared > 100, $"only {compared} cases compared");
    }

    [Fact]
    public void Draws_by_the_inverse_of_the_distribution()
    {
        JsonElement golden = Goldens.Json("sampling/sampling.json");
        float[] logits = Logits(golden, "base");
        double[] probabilities = new TokenSampler(logits.Length).Distribution(logits, [], new GenerationOptions { Temperature = 0.7f, TopP = 0.9f }).ToArray();
        foreach (JsonElement draw in golden.GetProperty("inverse_cdf").GetProperty("draws").EnumerateArray())
        {
            Assert.Equal(draw.GetProperty("index").GetInt32(), TokenSampler.Draw(probabilities, draw.GetProperty("u").GetDouble()));
        }
    }

    private static float[] Logits(JsonElement golden, string input) =>
        [.. golden.GetProperty("inputs").GetProperty(input).EnumerateArray().Select(x => x.ValueKind == JsonValueKind.Null ? float.NegativeInfinity : x.GetSingle())];

    private static GenerationOptions Apply(GenerationOptions options, string step, double value) => step switch
    {
        "repetition_penalty" => options with { RepetitionPenalty = (float)value },
        "temperature" => options with { Temperature = (float)value },
        "top_k" => options with { TopK = (int)value },
        "top_p" => options with { TopP = (float)value },
        _ => options with { MinP = (float)value },
    };
}
