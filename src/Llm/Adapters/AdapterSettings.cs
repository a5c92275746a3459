using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jmlr.Llm.Configuration;

namespace Jmlr.Llm.Adapters;

/// <summary>What <c>adapter_config.json</c> says of ranks and scales (PEFT <c>LoraConfig</c>). What would change the computation and is not supported is refused.</summary>
sealed class AdapterSettings
{
    private const int MaximumRank = 4096;
    private readonly List<(Regex Module, int Rank)> _ranks = [];
    private readonly List<(Regex Module, double Alpha)> _alphas = [];
    private readonly int _rank;
    private readonly double _alpha;
    private readonly bool _rankStabilised;

    private AdapterSettings(JsonFields fields)
    {
        string path = fields.Path;
        if (fields.Text("peft_type") is not "LORA")
        {
            Throw.Data(path, $"peft_type '{fields.Text("peft_type")}' is not supported; supported is LORA");
        }

        foreach (string flag in (string[])["use_dora", "fan_in_fan_out", "use_qalora", "lora_bias"])
        {
            if (fields.Flag(flag) == true)
            {
                Throw.Data(path, $"{flag} is true; that kind of adapter is not supported");
            }
        }

        if (fields.Text("bias") is string bias and not "none")
        {
            Throw.Data(path, $"bias '{bias}' is not supported; supported is none");
        }

        _rank = ConfigurationCheck.Range(path, "'r'", fields.Size("r") ?? Throw.Data<int>(path, "'r' is missing"), 1, MaximumRank);
        _alpha = fields.Number("lora_alpha") ?? 8;
        _rankStabilised = fields.Flag("use_rslora") ?? false;
        foreach ((Regex module, JsonElement value) in Patterns(fields, "rank_pattern"))
        {
            _ranks.Add((module, value.TryGetInt32(out int rank) && rank is > 0 and <= MaximumRank ? rank : Throw.Data<int>(path, "'rank_pattern' holds a rank that is no number from 1 to 4096")));
        }

        foreach ((Regex module, JsonElement value) in Patterns(fields, "alpha_pattern"))
        {
            _alphas.Add((module, value.GetDouble()));
        }
    }

    /// <summary>Reads the settings.</summary>
    internal static AdapterSettings Read(string path)
    {
        if (!File.Exists(path))
        {
            Throw.Operation($"no '{path}': a LoRA adapter needs its adapter_config.json");
        }

        if (new FileInfo(path).Length > 1 << 20)
        {
            Throw.Data(path, "larger than 1 MiB");
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return json.RootElement.ValueKind == JsonValueKind.Object ? new AdapterSettings(new JsonFields(path, json.RootElement)) : Throw.Data<AdapterSettings>(path, "expected a JSON object");
        }
        catch (JsonException error)
        {
            return Throw.Data<AdapterSettings>(path, $"not valid JSON: {error.Message}", error);
        }
    }

    /// <summary>Rank of a module ("model.layers.0.self_attn.q_proj").</summary>
    internal int RankOf(string module) => Find(_ranks, module) ?? _rank;

    /// <summary>alpha / r, or alpha / sqrt(r) when rank-stabilised (Kalajdzievski 2023).</summary>
    internal double ScaleOf(string module)
    {
        double alpha = Find(_alphas, module) ?? _alpha;
        int rank = RankOf(module);
        return alpha / (_rankStabilised ? Math.Sqrt(rank) : rank);
    }

    private static T? Find<T>(List<(Regex Module, T Value)> patterns, string module) where T : struct
    {
        foreach ((Regex pattern, T value) in patterns)
        {
            if (pattern.IsMatch(module))
            {
                return value;
            }
        }

        return null;
    }

    // PEFT matches a pattern against the end of the module's name, after a dot. Patterns are untrusted: no backtracking.
    private static IEnumerable<(Regex Module, JsonElement Value)> Patterns(JsonFields fields, string name)
    {
        if (!fields.Find(name, out JsonElement element))
        {
            yield break;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            Throw.Data(fields.Path, $"'{name}' is {element.ValueKind}, expected an object");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || property.Name.Length > 1000)
            {
                Throw.Data(fields.Path, $"'{name}' must map module names to numbers");
            }

            yield return (Pattern(fields.Path, property.Name), property.Value);
        }
    }

    private static Regex Pattern(string path, string text)
    {
        try
        {
            return new Regex(string.Create(CultureInfo.InvariantCulture, $"^(.*\\.)?({text})$"), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return Throw.Data<Regex>(path, $"module pattern is not usable: {error.Message}", error);
        }
    }
}
