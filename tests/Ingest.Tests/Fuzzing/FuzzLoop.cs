using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Jmlr.Models.Errors;

namespace Jmlr.Ingest.Tests.Fuzzing;

/// <summary>Runs executions of a target one after the other under a watch: each ends in documents or in an error of ours, in bounded time and memory.</summary>
sealed class FuzzLoop(FuzzTarget target)
{
    private const int MaxFindings = 12;
    private const long MostAllocated = 512L << 20; // bytes; a sound input takes below 1 MB
    private const string Memory = "memory";
    private const int MaxMessage = 1000;
    private const int ReportEvery = 50_000;

    // A sound input takes milliseconds. Processor time, because a machine may be busy with other things; real time for one that waits forever.
    private static readonly TimeSpan MostProcessorTime = TimeSpan.FromSeconds(30), MostTime = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, string> _findings = [];
    private volatile int _execution = -1, _runs; // the second counts those of shrinking a finding too
    private volatile bool _left;
    private volatile byte[] _input = [];
    private string? _message;

    /// <summary>What was found, by its kind.</summary>
    public IReadOnlyDictionary<string, string> Findings => _findings;

    /// <summary>Executions that gave documents, and that were refused.</summary>
    public int Read { get; private set; }

    /// <inheritdoc cref="Read"/>
    public int Refused { get; private set; }

    /// <summary>Executions <paramref name="from"/> to <paramref name="from"/> + <paramref name="count"/> - 1.</summary>
    public void Run(int from, int count)
    {
        long started = Stopwatch.GetTimestamp();
        Watch(() =>
        {
            for (int i = from; i < from + count && _findings.Count < MaxFindings && !_left; i++)
            {
                _execution = i;
                Execute(target.Make(new Random(i)), $"execution {i}");
                if ((i - from + 1) % ReportEvery == 0)
                {
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {i - from + 1:N0} executions, {(i - from + 1) / Stopwatch.GetElapsedTime(started).TotalSeconds:N0} a second, {Read:N0} read, {Refused:N0} refused"));
                }
            }
        });
    }

    /// <summary>One input.</summary>
    public void Run(byte[] input, string name) => Watch(() => Execute(input, name));

    private void Watch(Action work)
    {
        Thread worker = new(() => work()) { IsBackground = true, Name = target.Name };
        worker.Start();
        int seen = -2;
        (long since, TimeSpan used) = (0, default);
        while (!worker.Join(100))
        {
            if (_runs != seen)
            {
                (seen, since, used) = (_runs, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            }
            else if (Environment.CpuUsage.TotalTime - used > MostProcessorTime || Stopwatch.GetElapsedTime(since) > MostTime)
            {
                _left = true; // a thread cannot be ended from outside
                _findings["never ends"] = $"execution {_execution}: {Written(_input)}";
                return;
            }
        }
    }

    private void Execute(byte[] input, string name)
    {
        long before = GC.GetTotalAllocatedBytes();
        string? finding = Finding(input);
        if (finding is null && GC.GetTotalAllocatedBytes() - before > MostAllocated)
        {
            finding = Memory;
        }

        if (finding is not null && !_findings.ContainsKey(finding))
        {
            Console.Error.WriteLine($"{target.Name}: {name}: {finding}");
            _findings.TryAdd(finding, $"{name}: {Written(finding == Memory ? input : Shrink(input, finding))} {_message}");
        }
    }

    /// <summary>What is wrong with the outcome; null when nothing is.</summary>
    private string? Finding(byte[] input)
    {
        _input = input;
        _runs++;
        try
        {
            _ = target.Run(input) > 0 ? Read++ : Refused++;
            return null;
        }
        catch (JmlrDataException error)
        {
            Refused++;
            return error.Message.Contains('\n', StringComparison.Ordinal) || error.Message.Length > MaxMessage ? $"message: {error.What[..Math.Min(60, error.What.Length)]}" : null;
        }
        catch (Exception error)
        {
            _message = error.Message.ReplaceLineEndings(" ");
            string? place = error.StackTrace?.Split('\n').FirstOrDefault(static line => line.Contains("Jmlr", StringComparison.Ordinal) && !line.Contains("Holds", StringComparison.Ordinal))?.Trim();
            return $"{error.GetType().Name} {place}";
        }
    }

    /// <summary>A smaller input with the same finding: parts are left out as long as it stays.</summary>
    private byte[] Shrink(byte[] input, string finding)
    {
        (int read, int refused, string? message) = (Read, Refused, _message);
        int tries = 0;
        for (int part = input.Length / 2; part > 0 && tries < 3000; part /= 2)
        {
            for (int at = 0; at + part <= input.Length && tries < 3000; tries++)
            {
                byte[] less = [.. input.AsSpan(0, at), .. input.AsSpan(at + part)];
                if (!_left && Finding(less) == finding)
                {
                    input = less;
                }
                else
                {
                    at += part;
                }
            }
        }

        (Read, Refused, _message) = (read, refused, message);
        return input;
    }

    private static string Written(byte[] input) => input.Length > 12_000 ? $"{input.Length} bytes" : Convert.ToBase64String(input);
}
