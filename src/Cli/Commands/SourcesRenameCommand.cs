using System.CommandLine;
using System.Globalization;
using Jmlr.Cli.Json;
using Jmlr.Cli.Terminal;
using Jmlr.Ingest.Store;
using Jmlr.Query.Sessions;
using Jmlr.Query.Workspaces;

namespace Jmlr.Cli.Commands;

/// <summary><c>jmlr sources rename</c>: another name for a source, in one commit.</summary>
static class SourcesRenameCommand
{
    private static readonly Argument<string> Old = new("old") { Description = "Name of a source, as 'jmlr sources' lists it" };
    private static readonly Argument<string> New = new("new") { Description = "Its new name: no white space, ':', '@' or '#'" };

    internal static Command Create() => new Command("rename", "Rename a source; keys, versions and supersedes links follow") { Old, New }
        .WithExamples("jmlr sources rename samples teaching && jmlr index update", "jmlr sources rename ngc guideline-clearinghouse --json")
        .Runs(Run);

    private static int Run(ParseResult parsed, TerminalOutput output, CancellationToken cancellation)
    {
        (string from, string to) = (parsed.GetValue(Old)!, parsed.GetValue(New)!);
        Workspace workspace = CommonOptions.Workspace(parsed);
        Stores.OpenForReading(workspace).Dispose(); // a workspace without a store is an error, not a reason to make one
        using IPassageStore store = Stores.OpenForWriting(workspace);
        RenameOutcome done = store.Rename(from, to, cancellation);
        store.Commit();
        if (output.Json)
        {
            JsonOutput.Write(new RenamedJson(store.Generation, from, to, done.Documents, done.Versions, done.Links));
            return ExitCode.Done;
        }

        output.Line(string.Create(CultureInfo.InvariantCulture, $"{from} is now {to}: {done.Documents:N0} documents in {done.Versions:N0} versions; {done.Links:N0} links of other sources follow"));
        output.Note("next: jmlr index update gives the passages in the index their new ids; their embeddings are kept by text");
        return ExitCode.Done;
    }
}
