using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Jmlr.Llm.Execution;
using Jmlr.Llm.Prefix;

namespace Jmlr.Llm.Generation;

/// <summary>
/// Gives the logits after each token of a prompt and its answer, computing as little as it can: the common beginning with the last prompt and with former ones is
/// found in caches, and guessed continuations run along with a token. Since a token gets the same bits alone and beside others, none of this changes a result.
/// </summary>
sealed class TokenRunner : IDisposable
{
    // Eight tokens fill a group of the kernels: fewer cost the same.
    private const int MostGuesses = Matrices.Activations.FullLanes - 1;
    private readonly string _path;
    private readonly ILlamaExecutor _executor;
    private readonly IKeyValueCache _cache;
    private readonly PrefixCache? _prefixes;
    private readonly PrefixDisk? _disk;
    private readonly List<int> _cached = []; // the tokens in the live cache
    private readonly List<int> _context = []; // prompt and answer so far
    private readonly float[] _logits; // [1 + guesses, vocabulary]
    private readonly int[] _guesses = new int[MostGuesses];
    private readonly LookupGate _gate = new();
    private readonly int _vocabulary;
    private int _row, _rows;

    internal TokenRunner(string path, ILlamaExecutor executor, int contextLength, long prefixBytes, PrefixDisk? disk = null)
    {
        _path = path;
        _executor = executor;
        _vocabulary = executor.Configuration.VocabularySize;
        _cache = executor.CreateCache(contextLength);
        _prefixes = _cache is KeyValueCache own && prefixBytes >= own.Pages.PageBytes ? new PrefixCache(own, prefixBytes) : null;
        _disk = disk;
        if (disk is not null)
        {
            _prefixes?.Load(disk.Path, disk.Identity);
        }

        _logits = new float[(1 + MostGuesses) * _vocabulary];
    }

    /// <summary>Prompt and answer so far.</summary>
    internal ReadOnlySpan<int> Context => CollectionsMarshal.AsSpan(_context);

    /// <summary>Tokens of the prompt that were not computed.</summary>
    internal int Reused { get; private set; }

    /// <summary>Tokens of the answer that came from guesses.</summary>
    internal int Held { get; private set; }

    /// <summary>Logits after <paramref name="prompt"/>.</summary>
    internal Span<float> Start(IReadOnlyList<int> prompt, CancellationToken cancellation)
    {
        if (prompt.Count == 0)
        {
            Throw.Usage("the prompt is empty");
        }

        if (prompt.Count > _cache.Capacity)
        {
            Throw.CacheFull(0, prompt.Count, _cache.Capacity);
        }

        _context.Clear();
        _context.AddRange(prompt);
        (_row, _rows, Held) = (0, 0, 0);
        _gate.Begin();

        // The last token is run again in any case: its logits are needed.
        ReadOnlySpan<int> wanted = Context[..^1];
        int common = wanted.CommonPrefixLength(CollectionsMarshal.AsSpan(_cached));
        if (_prefixes is not null && common < _cached.Count)
        {
            // What is about to go may be wanted again.
            _prefixes.Keep(CollectionsMarshal.AsSpan(_cached));
        }

        Truncate(common);
        if (_prefixes is not null)
        {
            int found = _prefixes.Restore(wanted, common);
            _cached.AddRange(wanted[common..found]);
            common = found;
        }

        Reused = common;
        Run(Context[common..], _logits.AsSpan(0, _vocabulary), cancellation);
        return Row(0);
    }

    /// <summary>Logits after <paramref name="token"/>, which follows the context; at most <paramref name="room"/> tokens can be asked for from here on.</summary>
    internal Span<float> Next(int token, int room, bool lookUp, CancellationToken cancellation)
    {
        _context.Add(token);
        if (_row + 1 < _rows && _guesses[_row] == token)
        {
            Held++;
            return Row(++_row);
        }

        if (_rows > 1)
        {
            _gate.Held(_row);
        }

        // Guesses that did not hold.
        Truncate(_context.Count - 1);
        int guesses = lookUp && _executor.SameBitsInCompany ? Math.Min(MostGuesses, room - 1) : 0;
        guesses = guesses > 0 && PromptLookup.Find(Context, _guesses.AsSpan(0, guesses)) && _gate.IsWorth() ? guesses : 0;
        (_row, _rows) = (0, 1 + guesses);
        long start = Stopwatch.GetTimestamp();
        if (guesses == 0)
        {
            Run(Context[^1..], _logits.AsSpan(0, _vocabulary), cancellation);
            _gate.Alone(Stopwatch.GetTimestamp() - start);
        }
        else
        {
            Span<int> tokens = stackalloc int[1 + MostGuesses];
            tokens[0] = token;
            _guesses.AsSpan(0, guesses).CopyTo(tokens[1..]);
            Run(tokens[..(1 + guesses)], _logits.AsSpan(0, (1 + guesses) * _vocabulary), cancellation);
            _gate.Along(Stopwatch.GetTimestamp() - start);
        }

        return Row(0);
    }

    /// <summary>Log-probability of all but the first of <paramref name="tokens"/>, each after the prompt of the last <see cref="Start"/> and those before it. The context stays as it was.</summary>
    internal double LogProbabilityOfRest(ReadOnlySpan<int> tokens, CancellationToken cancellation)
    {
        double total = 0;
        for (int at = 0; at + 1 < tokens.Length; at += 1 + MostGuesses)
        {
            int count = Math.Min(1 + MostGuesses, tokens.Length - 1 - at);
            Run(tokens.Slice(at, count), _logits.AsSpan(0, count * _vocabulary), cancellation);
            for (int i = 0; i < count; i++)
            {
                total += LogProbability.Of(Row(i), tokens[at + i + 1]);
            }
        }

        (_row, _rows) = (0, 0);
        Truncate(_context.Count);
        return total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_prefixes is not null && _disk is not null)
        {
            _prefixes.Keep(CollectionsMarshal.AsSpan(_cached));
            _disk.Save(_prefixes);
        }

        _prefixes?.Dispose();
        _cache.Dispose();
    }

    private Span<float> Row(int row)
    {
        Span<float> logits = _logits.AsSpan(row * _vocabulary, _vocabulary);
        if (!float.IsFinite(TensorPrimitives.Sum<float>(logits)))
        {
            Throw.NotFinite(_path);
        }

        return logits;
    }

    private void Truncate(int length)
    {
        _cache.Truncate(length);
        _cached.RemoveRange(length, _cached.Count - length);
    }

    private void Run(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellation)
    {
        _rows = 0; // nothing stands if this throws
        int rows = logits.Length / _vocabulary;
        _executor.Forward(tokens, _cache, logits, cancellation);
        _cached.AddRange(tokens);
        _rows = rows;
    }
}
