using NetArchTest.Rules;
using TestResult = NetArchTest.Rules.TestResult;

namespace Jmlr.Architecture.Tests;

/// <summary>The floors of the house: an arrow only ever points down.</summary>
public sealed class FloorTests
{
    private static readonly string[] Floors = ["Jmlr.Models", "Jmlr.Ingest", "Jmlr.Index", "Jmlr.Llm", "Jmlr.Query", "Jmlr.Training", "Jmlr.Cli"];

    [Theory]
    [InlineData("Jmlr.Models")]
    [InlineData("Jmlr.Ingest", "Jmlr.Models")]
    [InlineData("Jmlr.Index", "Jmlr.Models", "Jmlr.Ingest")]
    [InlineData("Jmlr.Llm", "Jmlr.Models")]
    [InlineData("Jmlr.Query", "Jmlr.Models", "Jmlr.Ingest", "Jmlr.Index", "Jmlr.Llm")]
    [InlineData("Jmlr.Training", "Jmlr.Models", "Jmlr.Ingest", "Jmlr.Index", "Jmlr.Llm", "Jmlr.Query")]
    public void A_project_depends_only_on_the_floors_below_it(string project, params string[] below)
    {
        System.Reflection.Assembly assembly = System.Reflection.Assembly.Load(project);
        string[] forbidden = [.. Floors.Except(below).Where(floor => floor != project)];

        TestResult byType = Types.InAssembly(assembly).ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        IEnumerable<string?> byReference = assembly.GetReferencedAssemblies().Select(name => name.Name).Intersect(forbidden);

        Assert.True(byType.IsSuccessful, $"{project}: {string.Join(", ", byType.FailingTypeNames ?? [])}");
        Assert.Empty(byReference);
    }
}
