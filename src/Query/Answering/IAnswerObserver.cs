using Jmlr.Query.Citations;
using Jmlr.Query.Retrieval;

namespace Jmlr.Query.Answering;

/// <summary>Hears of an answer while it is made. Only checked sentences arrive.</summary>
public interface IAnswerObserver
{
    /// <summary>The passages are known; the generator starts.</summary>
    void Retrieved(RetrievalResult retrieval);

    /// <summary>A sentence was written and checked, with the citations it is the first to use.</summary>
    void Stated(AnswerStatement statement, IReadOnlyList<Citation> newCitations);
}
