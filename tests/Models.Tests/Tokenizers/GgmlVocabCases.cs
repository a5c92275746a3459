namespace Jmlr.Models.Tests.Tokenizers;

/// <summary>The 46 cases of a ggml vocabulary file: inputs between marker lines, one line of ids each.</summary>
static class GgmlVocabCases
{
    public static void AssertAll(string name, Func<string, List<int>> encode)
    {
        string stem = SharedData.Require($"tokenizers/ggml_vocab/ggml-vocab-{name}.gguf.inp")[..^4];
        string[] inputs = File.ReadAllText(stem + ".inp").Split("\n__ggml_vocab_test__\n");
        string[] outputs = File.ReadAllText(stem + ".out").Split('\n');
        List<string> wrong = [];
        for (int i = 0; i < 46; i++)
        {
            string actual = string.Concat(encode(inputs[i]).Select(id => $" {id}"));
            if (actual != outputs[i])
            {
                wrong.Add($"case {i} '{inputs[i]}': {actual} instead of {outputs[i]}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(47, inputs.Length);
    }
}
