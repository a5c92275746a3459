using Jmlr.Llm.Configuration;
using Jmlr.Models.Errors;

namespace Jmlr.Llm.Tests.Configuration;

/// <summary>The three generations of RoPE settings in config.json.</summary>
public sealed class RopeScalingTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("\"rope_theta\": 500000.0, \"rope_scaling\": null", 500000, 1)]
    [InlineData("\"rope_theta\": 20000.0, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 8.0}", 20000, 8)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2}", 10000, 2)]
    [InlineData("\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 4, \"rope_theta\": 30000.0}", 30000, 4)]
    [InlineData("\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 30000.0}", 30000, 1)]
    public void Linear(string rope, double theta, double factor)
    {
        LlamaConfiguration configuration = Read(rope);
        Assert.Equal((theta, factor), (configuration.RopeTheta, configuration.RopeLinearFactor));
        Assert.Null(configuration.RopeFrequencyDivisors);
    }

    [Fact]
    public void Llama3_leaves_short_waves_and_stretches_long_ones()
    {
        IReadOnlyList<float> divisors = Read("""
            "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
            """).RopeFrequencyDivisors!;
        Assert.Equal(32, divisors.Count);
        Assert.Equal(1, divisors[0]);
        Assert.Equal(32, divisors[^1], 1e-4f);
        Assert.Equal(divisors.Order(), divisors);
        Assert.Contains(divisors, divisor => divisor is > 1.01f and < 31);
    }

    [Theory]
    [InlineData("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 8.0}")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\"}")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": -1}")]
    [InlineData("\"rope_theta\": 0")]
    [InlineData("\"rope_scaling\": 8")]
    public void Refused(string rope) => Assert.Throws<JmlrDataException>(() => Read(rope));

    private LlamaConfiguration Read(string rope)
    {
        File.WriteAllText(_path, $$"""
            {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
             "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, {{rope}} }
            """);
        return HuggingFaceConfiguration.Read(_path);
    }
}
