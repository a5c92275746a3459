namespace Jmlr.Index.Encoding;

/// <summary>A growable matrix of token vectors, row-major: [rows, columns] fp32. Reused between calls so that hot paths allocate nothing.</summary>
public sealed class TokenMatrix(int columns)
{
    private float[] _values = [];

    /// <summary>Number of token vectors.</summary>
    public int Rows { get; private set; }

    /// <summary>Dimension of a vector.</summary>
    public int Columns { get; } = columns;

    /// <summary>All values, row after row.</summary>
    public Span<float> Values => _values.AsSpan(0, Rows * Columns);

    /// <summary>One vector.</summary>
    public Span<float> Row(int row) => Values.Slice(row * Columns, Columns);

    /// <summary>Sets the number of rows; the content is unspecified afterwards.</summary>
    public void Resize(int rows)
    {
        int needed = checked(rows * Columns);
        if (_values.Length < needed)
        {
            _values = new float[Math.Max(needed, _values.Length * 2)];
        }

        Rows = rows;
    }
}
