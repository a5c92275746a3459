namespace Jmlr.Llm.Configuration;

/// <summary>
/// RoPE settings of a Hugging Face config in its three generations: <c>rope_theta</c> with <c>rope_scaling {type}</c>, <c>rope_scaling {rope_type}</c>
/// (4.43 on) and <c>rope_parameters</c> (5 on).
/// </summary>
readonly record struct RopeScaling(double Theta, double LinearFactor, float[]? Divisors)
{
    internal static RopeScaling Read(JsonFields fields, int headSize)
    {
        double theta = fields.Number("rope_theta") ?? 10000;
        if ((fields.Object("rope_parameters") ?? fields.Object("rope_scaling")) is not JsonFields scaling)
        {
            return new RopeScaling(theta, 1, null);
        }

        theta = scaling.Number("rope_theta") ?? theta;
        string type = scaling.Text("rope_type") ?? scaling.Text("type") ?? "default";
        return type switch
        {
            "default" => new RopeScaling(theta, 1, null),
            "linear" => new RopeScaling(theta, Required(scaling, "factor"), null),
            "llama3" => new RopeScaling(theta, 1, Llama3(scaling, theta, headSize)),
            _ => Throw.Data<RopeScaling>(fields.Path, $"RoPE type '{type}' is not supported; supported are default, linear and llama3"),
        };
    }

    // Long waves are stretched by the factor, short ones left alone, those between blended (transformers modeling_rope_utils, llama3).
    private static float[] Llama3(JsonFields scaling, double theta, int headSize)
    {
        double factor = Required(scaling, "factor"), low = Required(scaling, "low_freq_factor"), high = Required(scaling, "high_freq_factor");
        double original = Required(scaling, "original_max_position_embeddings");
        if (!(high > low))
        {
            Throw.Data(scaling.Path, FormattableString.Invariant($"high_freq_factor {high} must be above low_freq_factor {low}"));
        }

        float[] divisors = new float[headSize / 2];
        for (int i = 0; i < divisors.Length; i++)
        {
            double wave = 2 * Math.PI * Math.Pow(theta, 2.0 * i / headSize);
            double smooth = Math.Clamp(((original / wave) - low) / (high - low), 0, 1);
            divisors[i] = (float)(1 / (((1 - smooth) / factor) + smooth));
        }

        return divisors;
    }

    private static double Required(JsonFields scaling, string name)
    {
        double value = scaling.Number(name) ?? Throw.Data<double>(scaling.Path, $"RoPE scaling without '{name}'");
        return value > 0 && value < 1e9 ? value : Throw.Data<double>(scaling.Path, FormattableString.Invariant($"RoPE scaling '{name}' is {value}, allowed is above 0"));
    }
}
