using System.Text;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>One reader under random changes: sound inputs, words of its format, and what is done with an input.</summary>
abstract class FuzzTarget
{
    private readonly ByteMutations _mutations;

    /// <param name="name">Name of the target.</param>
    /// <param name="seeds">Sound inputs, small so that executions are fast.</param>
    /// <param name="words">Words of the format that a change puts in.</param>
    protected FuzzTarget(string name, IReadOnlyList<byte[]> seeds, params string[] words)
    {
        (Name, Seeds) = (name, seeds);
        _mutations = new ByteMutations([.. words.Select(Encoding.UTF8.GetBytes)]);
    }

    public string Name { get; }

    public IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>A changed input: the same for the same draws.</summary>
    public virtual byte[] Make(Random random) => Change(random, Seed(random), Seed(random));

    /// <summary>Reads an input: number of documents. What is wrong with one is thrown, of our errors only <see cref="Models.Errors.JmlrDataException"/>.</summary>
    public abstract int Run(byte[] input);

    protected byte[] Change(Random random, byte[] original, byte[] other) => _mutations.Change(random, original, other);

    protected byte[] Seed(Random random) => Seeds[random.Next(Seeds.Count)];
}
