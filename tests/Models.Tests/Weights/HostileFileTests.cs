using System.Text.Json;
using Jmlr.Models.Errors;
using Jmlr.Models.Weights;

namespace Jmlr.Models.Tests.Weights;

/// <summary>Every hostile file ends in a typed error (or success, where the list says so), without a large allocation.</summary>
public sealed class HostileFileTests
{
    // These need the Llama configuration to be seen through; the Llm project tests them.
    private static readonly string[] ModelLevel =
    [
        "dims_wrong", "missing_block_count", "block_count_2", "block_count_huge", "head_count_zero", "heads_not_divisible", "kv_heads_not_divisible", "eps_nan",
        "arch_unknown", "missing_tensor", "vocab_mismatch", "scores_short", "bos_out_of_range", "rope_factor_zero",
    ];

    [Theory]
    [InlineData("safetensors/", 36)]
    [InlineData("gguf/", 38)]
    [InlineData("bin/", 40)]
    [InlineData("dirs/index_", 5)]
    public void Hostile_files_are_refused_and_good_ones_read(string prefix, int atLeast)
    {
        string folder = SharedData.Require("golden/llama/hostile");
        using JsonDocument list = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "hostile.json")));
        int seen = 0;
        foreach (JsonElement item in list.RootElement.GetProperty("files").EnumerateArray())
        {
            string file = item.GetProperty("file").GetString()!, expect = item.GetProperty("expect").GetString()!;
            if (!file.StartsWith(prefix, StringComparison.Ordinal) || ModelLevel.Contains(Path.GetFileNameWithoutExtension(file)))
            {
                continue;
            }

            seen++;
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exception? error = Record.Exception(() => ReadAll(Path.Combine(folder, file.TrimEnd('/'))));
            Assert.True(error is null or JmlrDataException, $"{file}: {error}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20, $"{file}: it allocates too much");
            Assert.False(expect == "accept" && error is not null, $"{file} should be read: {error?.Message}");
            Assert.False(expect == "reject" && error is null, $"{file} should be refused: {item.GetProperty("why").GetString()}");
        }

        Assert.True(seen >= atLeast, $"only {seen} cases of {prefix}");
    }

    private static void ReadAll(string path)
    {
        using IWeightSource source = WeightSource.Open(path);
        foreach (string name in source.Tensors.Keys)
        {
            source.GetBytes(name);
        }
    }
}
