using System.Globalization;
using Jmlr.Index.Encoding;
using Jmlr.Index.Encoding.Bert;
using Jmlr.Index.Encoding.FewTokens;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Encoders;

/// <summary>What a query takes in fp32: text to token vectors, and the forward pass of it alone, with the rate of its products.</summary>
static class QueryBench
{
    private const int Times = 200;

    internal static void Run(string model, TextWriter output)
    {
        for (int threads = 1; threads <= Math.Min(2, Environment.ProcessorCount); threads++)
        {
            using ColbertEncoder encoder = ColbertCheckpoint.Open(model, new EncoderOptions { Threads = threads });
            string folder = Path.Combine(model, "retriever");
            BertConfiguration configuration = BertConfiguration.Read(Path.Combine(folder, "config.json"));
            using var file = new BertFile(WeightSource.Open(folder), configuration);
            using var few = new FewTokenBert(file, [], threads);
            foreach (int words in (int[])[6, 13, 21, 29, 50])
            {
                string text = string.Join(' ', Enumerable.Repeat("fever", words));
                var query = new TokenMatrix(encoder.Dimension);
                double whole = Latency.Median(Times, () => encoder.EncodeQuery(text, query));
                int tokens = Math.Min(query.Rows, FewTokenBert.MostTokens);
                long[] ids = [.. Enumerable.Repeat(2000L, tokens)];
                float[] states = new float[tokens * configuration.HiddenSize];
                double forward = Latency.Median(Times, () => few.Run(ids, tokens, states));
                double flop = 2.0 * tokens * configuration.LayerCount * configuration.HiddenSize * ((4.0 * configuration.HiddenSize) + (2.0 * configuration.IntermediateSize));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} thread(s), {query.Rows,2} tokens: {whole:0.00} ms; forward pass of {tokens,2} alone {forward:0.00} ms, {flop / forward / 1e6:0} GFLOP/s"));
            }
        }
    }
}
