using Jmlr.Bench.Indexes;
using Jmlr.Index.Encoding;
using Jmlr.Models.Weights;

namespace Jmlr.Bench.Retrieval;

/// <summary>A collection encoded once: the fp16 token vectors of its passages, and its queries.</summary>
sealed class BeirVectors : GivenVectors
{
    private readonly ushort[][] _rows;

    internal BeirVectors(BeirCollection collection, ColbertEncoder encoder)
    {
        Dimension = encoder.Dimension;
        Queries = collection.Queries.ConvertAll(text =>
        {
            var query = new TokenMatrix(encoder.Dimension);
            encoder.EncodeQuery(text, query);
            return query;
        });
        _rows = new ushort[collection.Passages.Count][];
        encoder.EncodePassages(collection.CutPassages(encoder), (passage, vectors) =>
        {
            ushort[] rows = new ushort[vectors.Length];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = HalfFloats.Narrow(vectors[i]);
            }

            _rows[passage] = rows;
        }, CancellationToken.None);
        Number(0, _rows.Length);
        Tokens = _rows.Sum(rows => (long)rows.Length) / Dimension;
    }

    public override int Dimension { get; }

    internal List<TokenMatrix> Queries { get; }

    internal long Tokens { get; }

    internal override ReadOnlySpan<ushort> Rows(int passage) => _rows[passage];
}
