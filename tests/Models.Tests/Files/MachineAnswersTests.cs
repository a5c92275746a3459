using Jmlr.Models.Files;

namespace Jmlr.Models.Tests.Files;

/// <summary>Answers of a machine: found by what they depend on, and not piling up.</summary>
public sealed class MachineAnswersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-answers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_dependence_has_its_own_place()
    {
        string[] paths = [MachineAnswers.PathOf("a", _folder, 1, "x"), MachineAnswers.PathOf("a", _folder, 2, "x"), MachineAnswers.PathOf("a", _folder, 1), MachineAnswers.PathOf("b", _folder, 1, "x")];
        Assert.Equal(4, paths.Distinct().Count());
        Assert.Equal(paths[0], MachineAnswers.PathOf("a", _folder, 1, "x"));
        MachineAnswers.Keep(paths[0], "yes");
        Assert.Equal(("yes", null), (MachineAnswers.Read(paths[0]), MachineAnswers.Read(paths[1])));
    }

    [Fact]
    public void The_latest_answers_of_a_name_stay()
    {
        string[] paths = [.. Enumerable.Range(0, 20).Select(version => MachineAnswers.PathOf("a", _folder, version))];
        string other = MachineAnswers.PathOf("a-b", _folder, 0);
        MachineAnswers.Keep(other, "other");
        for (int i = 0; i < paths.Length; i++)
        {
            MachineAnswers.Keep(paths[i], "answer");
            File.SetLastWriteTimeUtc(paths[i], DateTime.UtcNow.AddDays(i - paths.Length));
        }

        // The last one was written as of now, so 16 remain with it.
        Assert.Equal(paths[4..], paths.Where(File.Exists));
        Assert.True(File.Exists(other));
    }
}
