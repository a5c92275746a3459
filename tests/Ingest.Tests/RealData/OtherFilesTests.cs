using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Tests.Readers;
using Jmlr.Models.Tokenizers.WordPiece;

namespace Jmlr.Ingest.Tests.RealData;

/// <summary>Passages of everything else that there is.</summary>
public class OtherFilesTests
{
    private const int Length = 180;

    [Theory]
    [InlineData("guidelines/medquad_xml", "*.xml", 40, 1)]
    [InlineData("guidelines/pdf", "*.pdf", 3, 1)]
    [InlineData("guidelines", "uspstf_api*.json", 1, 1)]
    [InlineData("qa", "mirage_benchmark.json", 1, 40)]
    [InlineData("qa/raw", "huatuo*.json", 1, 5)]
    [InlineData("qa/raw/mmlu", "*.csv", 1, 10)]
    [InlineData("retrieval", "corpus.jsonl", 1, 100)]
    public void Every_word_is_in_passages_that_fit(string folder, string pattern, int step, int documents)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.FromFile(SharedData.Require("tokenizers/bert_base_uncased_vocab.txt"));
        Chunker chunker = new(tokenizer, ChunkerOptions.For(Length));
        RealFiles.Check(RealFiles.Of(folder, pattern, step), path => Sources.All(Path.GetFileName(path), File.ReadAllBytes(path))
            .Where((_, i) => RealFiles.Whole || i % documents == 0)
            .SelectMany(document => PassageChecks.Faults(document, chunker.Chunk(document), tokenizer, Length)));
    }
}
