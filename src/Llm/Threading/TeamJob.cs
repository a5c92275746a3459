namespace Jmlr.Llm.Threading;

/// <summary>Work cut into chunks that any thread of a team may take. Jobs are made once and run many times, so that a token allocates nothing.</summary>
abstract class TeamJob
{
    /// <summary>True for the small jobs of one token, which memory bounds: a second thread gains little there, and waiting for one that lost its core costs much.</summary>
    internal virtual bool Brief => false;

    /// <summary>Does chunk <paramref name="chunk"/>; <paramref name="worker"/> is below the team's size and names scratch memory that nobody else uses now.</summary>
    internal abstract void Execute(int chunk, int worker);
}
