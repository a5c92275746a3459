using System.CommandLine;
using Jmlr.Index.Search;
using Jmlr.Models.Errors;
using Jmlr.Query.Lexical;

namespace Jmlr.Cli.Commands;

/// <summary>How to rank: options of <c>search</c>, <c>ask</c> and <c>eval retrieval</c>.</summary>
static class PlanOptions
{
    private static readonly Option<string> Plan = PlanOf("auto"), Evidence = PlanOf("hybrid");
    private static readonly Option<string> Rule = new("--fusion") { Description = "Of a hybrid plan: weighted or rrf", HelpName = "RULE", DefaultValueFactory = _ => "weighted" };
    private static readonly Option<double> Weight = new("--lexical-weight") { Description = "Share of BM25 in a hybrid plan, 0 to 1", HelpName = "SHARE", DefaultValueFactory = _ => Fusion.DefaultWeight };

    internal static Command WithPlan(this Command command) => command.With(Plan);

    /// <summary>The same options where the plan is hybrid unless another is named: it finds better evidence (<c>docs/evaluation.md</c>).</summary>
    internal static Command WithEvidencePlan(this Command command) => command.With(Evidence);

    private static Option<string> PlanOf(string usual) => new("--plan")
    {
        Description = "auto, exact (all tokens scored), plaid (those near the query's centroids) or hybrid (fused with BM25)",
        HelpName = "PLAN",
        DefaultValueFactory = _ => usual,
    };

    private static Command With(this Command command, Option<string> plan)
    {
        command.Options.Add(plan);
        command.Options.Add(Rule);
        command.Options.Add(Weight);
        return command;
    }

    /// <summary>The plan of late interaction, and the fusion where BM25 is asked for.</summary>
    internal static (SearchPlan Plan, Fusion? Fusion) Read(ParseResult parsed)
    {
        string plan = parsed.GetValue(parsed.CommandResult.Command.Options.Contains(Evidence) ? Evidence : Plan)!, rule = parsed.GetValue(Rule)!;
        double weight = CommonOptions.Bounded(parsed, Weight, 0, 1);
        FusionRule fusion = rule switch
        {
            "weighted" => FusionRule.Weighted,
            "rrf" => FusionRule.ReciprocalRank,
            _ => throw new JmlrUsageException($"--fusion {rule}: allowed are weighted and rrf"),
        };
        return plan switch
        {
            "auto" => (SearchPlan.Auto, null),
            "exact" => (SearchPlan.Exact, null),
            "plaid" => (SearchPlan.Plaid, null),
            // Reciprocal ranks are not weighted, as published, unless a weight is given.
            "hybrid" => (SearchPlan.Auto, new Fusion(fusion, fusion == FusionRule.ReciprocalRank && parsed.GetResult(Weight)?.Implicit != false ? 0.5 : weight)),
            _ => throw new JmlrUsageException($"--plan {plan}: allowed are auto, exact, plaid and hybrid"),
        };
    }
}
