using System.Runtime.InteropServices;
using System.Text.Json;
using Jmlr.Index.Encoding;
using Jmlr.Models.Tokenizers.WordPiece;
using Jmlr.Models.Weights;

namespace Jmlr.Index.Tests.Encoding;

/// <summary>Ids, attention masks and kept tokens against colbert-ai's, exactly (golden/retrieval, section 3).</summary>
public sealed class LayoutGoldenTests
{
    private const int QueryLength = 32, PassageLength = 220;

    // The reference reads special tokens written in a text as such; ours does only when asked.
    private static readonly WordPieceTokenizer Tokenizer =
        WordPieceTokenizer.FromFile(Path.Combine(SharedData.Repository, "models/jmlr-mini/retriever/vocab.txt"), new WordPieceOptions { ParseSpecialTokens = true });

    private static readonly ColbertSettings Settings =
        new(Tokenizer.Unused0, Tokenizer.Unused1, QueryLength, PassageLength, AttendToMask: false, ExpandQueries: true, ColbertSettings.Punctuation(Tokenizer));

    [Fact]
    public void The_skip_list_is_the_reference_one()
    {
        using JsonDocument list = Texts();
        Assert.Equal(list.RootElement.GetProperty("skiplist_ids").EnumerateArray().Select(id => id.GetInt32()).Order(), Settings.Skiplist.Order());
    }

    [Fact]
    public void Queries_have_the_reference_ids_and_masks()
    {
        using SafetensorsFile golden = Golden();
        using JsonDocument list = Texts();
        int[] ids = Integers(golden, "q_ids"), mask = Integers(golden, "q_attention_mask");
        int row = 0, compared = 0;
        foreach (JsonElement query in list.RootElement.GetProperty("queries").EnumerateArray())
        {
            QueryWindows windows = QueryWindows.Make(Tokenizer, Settings, ScifactTexts.Of(query)!, []);
            if (windows.Count == 1)
            {
                Assert.Equal(ids[(row * QueryLength)..((row + 1) * QueryLength)], windows.Ids.Select(id => (int)id));
                Assert.Equal(mask[(row * QueryLength)..((row + 1) * QueryLength)], Enumerable.Range(0, QueryLength).Select(at => at < windows.Lengths[0] ? 1 : 0));
                compared++;
            }

            row++;
        }

        Assert.Equal(11, compared); // five are longer and are laid out in windows
    }

    [Fact]
    public void Passages_have_the_reference_ids_and_kept_tokens()
    {
        using SafetensorsFile golden = Golden();
        using JsonDocument list = Texts();
        int[] ids = Integers(golden, "d_ids");
        byte[] keep = golden.GetBytes("d_keep_mask").ToArray();
        int row = 0, compared = 0;
        foreach (JsonElement document in list.RootElement.GetProperty("documents").EnumerateArray())
        {
            string text = ScifactTexts.Of(document)!;
            if (Tokenizer.Count(text) + 3 <= PassageLength)
            {
                PassageBatch batch = Assert.Single(PassageBatch.Make(Tokenizer, Settings, [text]));
                Assert.Equal(ids[(row * PassageLength)..((row * PassageLength) + batch.Length)], batch.Ids.Select(id => (int)id));
                Assert.All(ids[((row * PassageLength) + batch.Length)..((row + 1) * PassageLength)], id => Assert.Equal(Tokenizer.Pad, id));
                Assert.Equal(keep[(row * PassageLength)..((row * PassageLength) + batch.Length)], batch.Ids.Select(id => Settings.Keeps((int)id, Tokenizer.Pad) ? (byte)1 : (byte)0));
                compared++;
            }

            row++;
        }

        Assert.InRange(compared, 25, row);
    }

    private static SafetensorsFile Golden() => new(SharedData.Require("golden/retrieval/colbert_encode.safetensors"));

    private static JsonDocument Texts() => JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("golden/retrieval/colbert_encode.json")));

    private static int[] Integers(SafetensorsFile file, string name) => MemoryMarshal.Cast<byte, int>(file.GetBytes(name)).ToArray();
}
