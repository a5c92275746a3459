namespace Jmlr.Models.Tokenizers;

/// <summary>Where tokens go; struct implementations let the same loop fill a list or only count.</summary>
interface ITokenSink
{
    void Add(int id, int start, int end);
}

/// <summary>Keeps the spans.</summary>
readonly struct SpanSink(List<TokenSpan> tokens) : ITokenSink
{
    public void Add(int id, int start, int end) => tokens.Add(new TokenSpan(id, start, end));
}

/// <summary>Keeps the ids.</summary>
readonly struct IdSink(List<int> ids) : ITokenSink
{
    public void Add(int id, int start, int end) => ids.Add(id);
}

/// <summary>Keeps the number.</summary>
struct CountSink : ITokenSink
{
    public int Count;

    public void Add(int id, int start, int end) => Count++;
}
