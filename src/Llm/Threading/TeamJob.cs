namespace Jmlr.Llm.Threading;

/// <summary>Work cut into chunks that any thread of a team may take. Jobs are made once and run many times, so that a token allocates nothing.</summary>
abstract class TeamJob
{
    /// <summary>Does chunk <paramref name="chunk"/>; <paramref name="worker"/> is below the team's size and names scratch memory that nobody else uses now.</summary>
    internal abstract void Execute(int chunk, int worker);
}
