namespace Jmlr.Ingest.Chunking;

/// <summary>Lengths of passages, in the retriever's tokens, heading line and marker tokens included.</summary>
public sealed record ChunkerOptions
{
    /// <summary>Length at which a passage is full enough.</summary>
    public int Target { get; init; } = 128;

    /// <summary>Length that no passage exceeds; at most the passage length of the retriever.</summary>
    public int Maximum { get; init; } = 180;

    /// <summary>Tokens that the encoder adds to the text: [CLS], the document marker, [SEP].</summary>
    public int Markers { get; init; } = 3;

    /// <summary>Options for a retriever that encodes passages of <paramref name="passageLength"/> tokens.</summary>
    public static ChunkerOptions For(int passageLength) => new ChunkerOptions
    {
        Maximum = Math.Min(180, passageLength),
        Target = Math.Min(128, passageLength * 3 / 4),
    }.Checked();

    /// <summary>These options, or an error that says what is wrong with them.</summary>
    public ChunkerOptions Checked()
    {
        if (Maximum is < 32 or > 8192 || Target < 16 || Target > Maximum || Markers is < 0 or > 8)
        {
            Throw.Usage($"passage lengths target {Target}, maximum {Maximum}, markers {Markers}: expected 16 <= target <= maximum, 32 <= maximum <= 8192, 0 <= markers <= 8");
        }

        return this;
    }
}
