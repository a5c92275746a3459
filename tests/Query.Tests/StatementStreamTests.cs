using Jmlr.Query.Answering;

namespace Jmlr.Query.Tests;

public sealed class StatementStreamTests
{
    private const string Text =
        "Start ramipril at 2.5 mg daily. [1] Check potassium after 2 weeks [2].\n1. Avoid NSAIDs, e.g. ibuprofen. [1][3]\nThe sentence that was cut";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Sentences_come_out_whole_however_the_text_arrives(int piece)
    {
        var got = new List<(string Text, IReadOnlyList<int> Markers)>();
        var stream = new StatementStream((text, markers) => got.Add((text, markers)));
        for (int at = 0; at < Text.Length; at += piece)
        {
            stream.Add(Text.Substring(at, Math.Min(piece, Text.Length - at)));
        }

        stream.Complete();
        Assert.Equal(["Start ramipril at 2.5 mg daily.", "Check potassium after 2 weeks.", "Avoid NSAIDs, e.g. ibuprofen."], got.Select(item => item.Text));
        Assert.Equal([[1], [2], [1, 3]], got.Select(item => item.Markers));
    }
}
