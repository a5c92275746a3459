using System.Diagnostics;
using System.Globalization;
using Jmlr.Index.Storage;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Processes that search while another one commits.</summary>
public sealed class ReadersTests
{
    private const int Readers = 8, States = 3;

    // A longer run: JMLR_TEST_COMMITS=100.
    private static readonly int Commits = int.TryParse(Environment.GetEnvironmentVariable("JMLR_TEST_COMMITS"), out int commits) ? Math.Clamp(commits, 4, 100_000) : 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_of_eight_readers_is_that_of_one_generation_while_a_writer_commits()
    {
        string folder = Directory.CreateTempSubdirectory("jmlr-readers-").FullName;
        var readers = new List<Process>();
        try
        {
            // The codec is of the first build, so the states are those that updates of it lead to. Generation g holds state (g - 1) % 3.
            string[] expected = new string[States];
            for (int state = 0; state < States; state++)
            {
                _ = state == 0 ? ChildProcess.Builder(folder).Build(ChildProcess.State(0), cancellation: Cancellation) : ChildProcess.Builder(folder).Update(ChildProcess.State(state), cancellation: Cancellation);
                using IndexSnapshot snapshot = IndexSnapshot.Open(Path.Combine(folder, "index"), threads: 1);
                expected[state] = ChildProcess.Answer(snapshot);
            }

            Assert.Equal(States, expected.Distinct().Count());
            var outputs = new List<Task<string>>();
            for (int reader = 0; reader < Readers; reader++)
            {
                readers.Add(ChildProcess.Start("read", folder, reader));
            }

            foreach (Process reader in readers)
            {
                Assert.Equal("ready", await reader.StandardOutput.ReadLineAsync(Cancellation));
                outputs.Add(reader.StandardOutput.ReadToEndAsync(Cancellation));
            }

            using (Process writer = ChildProcess.Start("commits", folder, Commits))
            {
                string errors = await writer.StandardError.ReadToEndAsync(Cancellation);
                await writer.WaitForExitAsync(Cancellation);
                Assert.Equal((0, ""), (writer.ExitCode, errors));
            }

            await File.WriteAllTextAsync(Path.Combine(folder, "stop"), "", Cancellation);
            var generations = new HashSet<long>();
            for (int reader = 0; reader < Readers; reader++)
            {
                string errors = await readers[reader].StandardError.ReadToEndAsync(Cancellation);
                string[] answers = (await outputs[reader]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                await readers[reader].WaitForExitAsync(Cancellation);
                Assert.Equal((0, ""), (readers[reader].ExitCode, errors));
                Assert.True(answers.Length >= 4);
                foreach (string[] answer in answers.Select(line => line.Split(' ')))
                {
                    long generation = long.Parse(answer[0], CultureInfo.InvariantCulture);
                    generations.Add(generation);
                    Assert.Equal(expected[(generation - 1) % States], answer[1]);
                }

                Assert.StartsWith($"{States + Commits} ", answers[^2], StringComparison.Ordinal); // the last commit is seen by all
            }

            Assert.True(generations.Count > 2, "the readers saw hardly any commit");
            TestContext.Current.TestOutputHelper?.WriteLine($"{generations.Count} generations were read");
        }
        finally
        {
            foreach (Process reader in readers)
            {
                if (!reader.HasExited)
                {
                    reader.Kill();
                    await reader.WaitForExitAsync(CancellationToken.None);
                }

                reader.Dispose();
            }

            Directory.Delete(folder, recursive: true);
        }
    }
}
