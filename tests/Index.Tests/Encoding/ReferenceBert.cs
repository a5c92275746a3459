namespace Jmlr.Index.Tests.Encoding;

/// <summary>BERT as the paper writes it (Devlin et al. 2018, section 3), in fp64 and one loop at a time: slow, short, and independent of libtorch.</summary>
sealed class ReferenceBert(IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights, int layers, int hidden, int heads, double epsilon)
{
    /// <summary>Last hidden state [ids, hidden].</summary>
    internal double[][] Run(IReadOnlyList<int> ids)
    {
        double[][] states = [.. ids.Select((id, position) => Normalise(
            Add(Row("embeddings.word_embeddings.weight", id), Row("embeddings.position_embeddings.weight", position), Row("embeddings.token_type_embeddings.weight", 0)), "embeddings.LayerNorm"))];
        for (int layer = 0; layer < layers; layer++)
        {
            string name = $"encoder.layer.{layer}.";
            double[][] queries = Map(states, name + "attention.self.query"), keys = Map(states, name + "attention.self.key"), values = Map(states, name + "attention.self.value");
            double[][] context = [.. queries.Select(query => Attend(query, keys, values))];
            double[][] attended = [.. Map(context, name + "attention.output.dense").Zip(states, (a, b) => Normalise(Add(a, b), name + "attention.output.LayerNorm"))];
            double[][] inner = [.. Map(attended, name + "intermediate.dense").Select(row => row.Select(x => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)))).ToArray())];
            states = [.. Map(inner, name + "output.dense").Zip(attended, (a, b) => Normalise(Add(a, b), name + "output.LayerNorm"))];
        }

        return states;
    }

    /// <summary>Projected and of unit length.</summary>
    internal double[] Project(double[] state)
    {
        (long[] shape, float[] matrix) = weights["linear.weight"];
        double[] vector = [.. Enumerable.Range(0, (int)shape[0]).Select(i => Enumerable.Range(0, hidden).Sum(j => matrix[(i * hidden) + j] * state[j]))];
        double norm = Math.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => x / norm)];
    }

    private double[] Attend(double[] query, double[][] keys, double[][] values)
    {
        int width = hidden / heads;
        double[] context = new double[hidden];
        for (int head = 0; head < heads; head++)
        {
            int from = head * width;
            double[] scores = [.. keys.Select(key => Math.Exp(Enumerable.Range(from, width).Sum(i => query[i] * key[i]) / Math.Sqrt(width)))];
            for (int i = from; i < from + width; i++)
            {
                context[i] = values.Select((value, t) => scores[t] * value[i]).Sum() / scores.Sum();
            }
        }

        return context;
    }

    private double[][] Map(double[][] rows, string name)
    {
        (long[] shape, float[] matrix) = weights[name + ".weight"];
        float[] bias = weights[name + ".bias"].Values;
        return [.. rows.Select(row => Enumerable.Range(0, (int)shape[0]).Select(i => bias[i] + row.Select((x, j) => matrix[(i * row.Length) + j] * x).Sum()).ToArray())];
    }

    private double[] Normalise(double[] row, string name)
    {
        float[] weight = weights[name + ".weight"].Values, bias = weights[name + ".bias"].Values;
        double mean = row.Average(), variance = row.Average(x => (x - mean) * (x - mean));
        return [.. row.Select((x, i) => ((x - mean) / Math.Sqrt(variance + epsilon) * weight[i]) + bias[i])];
    }

    private double[] Row(string name, int row) => [.. weights[name].Values.AsSpan(row * hidden, hidden).ToArray().Select(x => (double)x)];

    private static double[] Add(params double[][] rows) => [.. rows[0].Select((_, i) => rows.Sum(row => row[i]))];

    // Series of the error function; terms fall fast for the small arguments of these tests.
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
