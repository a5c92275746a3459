using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage.Crashes;

/// <summary>Lays out what a power cut may leave after each call and looks at it as the program does.</summary>
sealed class CrashReplay(RecordedHistory history, Predicate<FileCallKind>? ignored = null)
{
    private const int FinishEvery = 100;
    private readonly HashSet<string> _seen = [];

    /// <summary>States looked at.</summary>
    internal int Points { get; private set; }

    /// <summary>States from which the interrupted operation was done again, to the end.</summary>
    internal int Finished { get; private set; }

    /// <summary>Tries about <paramref name="wanted"/> states; returns the first that is wrong, or null.</summary>
    internal string? Run(int wanted, int seed)
    {
        var random = new Random(seed);
        var cut = new PowerCut();
        int each = Math.Max(2, wanted / (history.Calls.Count + 1));
        for (int call = 0; call <= history.Calls.Count; call++)
        {
            int step = history.Steps.TakeWhile(s => s.EndCall <= call).Count();
            foreach (Func<int, int> arrived in Choices(cut.Pending, each, random))
            {
                if (Look(cut.Folder(arrived), call, step) is string wrong)
                {
                    return $"after call {call} ({(call == 0 ? "none" : history.Calls[call - 1].Kind)}) of step {step}: {wrong}";
                }
            }

            if (call < history.Calls.Count && ignored?.Invoke(history.Calls[call].Kind) != true)
            {
                cut.Apply(history.Calls[call]);
            }
        }

        return null;
    }

    /// <summary>Nothing arrived, everything, all but one, one alone, and then any mixture.</summary>
    private static IEnumerable<Func<int, int>> Choices(int pending, int most, Random random)
    {
        yield return _ => 1;
        if (pending == 0)
        {
            yield break;
        }

        yield return _ => 0;
        for (int i = 2; i < most; i++)
        {
            int item = random.Next(pending), seed = random.Next(), kind = i % 4;
            yield return kind switch
            {
                0 => other => other == item ? 0 : 1,
                1 => other => other == item ? 1 : 0,
                2 => other => other <= item ? 1 : 0,
                _ => other => (int)((uint)HashCode.Combine(seed, other) % 3),
            };
        }
    }

    private string? Look(Dictionary<string, byte[]>? folder, int call, int step)
    {
        Points++;
        history.LayOut(folder);
        // In the middle of a step its own state counts too; when it has returned, only that.
        bool between = step == history.Steps.Count || history.Steps[step].FirstCall == call;
        Manifest? found = null;
        try
        {
            found = ManifestFile.ReadCurrent(history.Folder);
            using (IndexSnapshot.Open(history.Folder, threads: 1))
            {
            }
        }
        catch (JmlrOperationException error) when (step == 0 && error.Message.StartsWith("there is no index", StringComparison.Ordinal))
        {
            found = null;
        }
        catch (Exception error)
        {
            return $"{error.GetType().Name}: {error.Message}";
        }

        int state = found is null ? -1 : history.Steps.ToList().FindIndex(s => s.After.Generation == found.Generation);
        if (state != step - 1 && (between || state != step))
        {
            return $"the state is that of step {state}";
        }

        return (state >= 0 && New(folder!) ? Inspect(state) : null) ?? (!between && state != step && Points % FinishEvery == 0 ? Finish(step) : null);
    }

    /// <summary>True when the files that count (all but temporary ones) were not seen like this before.</summary>
    private bool New(Dictionary<string, byte[]> folder) => _seen.Add(string.Join('|', folder.Where(pair => !pair.Key.EndsWith(".tmp", StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => $"{pair.Key} {Jmlr.Models.Files.Crc32C.Compute(pair.Value)}")));

    private string? Inspect(int state)
    {
        IndexVerification verification = IndexVerifier.Verify(history.Folder, cancellation: TestContext.Current.CancellationToken);
        if (!verification.Ok && verification.Errors.Any(fault => fault.File != "CURRENT"))
        {
            return string.Join("; ", verification.Errors);
        }

        return history.Search(history.Folder).SequenceEqual(history.Steps[state].Found) ? null : $"the passages found are not those of step {state}";
    }

    private string? Finish(int step)
    {
        Finished++;
        history.Steps[step].Run(null);
        return history.EndsAs(step) ? null : "done again, it does not end as the first time";
    }
}
