using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Query;

/// <summary>Every error of this project, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void EmptyQuestion() => throw new JmlrUsageException("the question is empty: give some words to search for");

    [DoesNotReturn]
    internal static void UnknownQuestion(string id) =>
        throw new JmlrUsageException($"no stored question has the id '{id}', so none can be left out: see 'jmlr search WORDS --kind question --json' for ids, or leave --exclude-question away");

    [DoesNotReturn]
    internal static void PassageGone(string id) =>
        throw new JmlrOperationException($"the index names passage {id}, which the store no longer has: run 'jmlr index update'");

    [DoesNotReturn]
    internal static void PromptTooLong(int tokens, int budget) =>
        throw new JmlrUsageException($"the question alone takes {tokens} tokens of a prompt that may have {budget}: shorten it, or ask for a shorter answer (--max-tokens)");

    [DoesNotReturn]
    internal static void NoWorkspace(string path) =>
        throw new JmlrOperationException($"no workspace at '{path}': run 'jmlr ingest PATH' first, or name one with --workspace DIR or JMLR_WORKSPACE");

    [DoesNotReturn]
    internal static void NoIndex(string path) =>
        throw new JmlrOperationException($"no index at '{path}': run 'jmlr index build' first");

    [DoesNotReturn]
    internal static void NotOurs(string folder, string entry) =>
        throw new JmlrUsageException($"'{folder}' holds '{entry}', so it is not the folder of an evaluation: name a new one to keep embeddings and index in");

    [DoesNotReturn]
    internal static void NoModel(string looked) =>
        throw new JmlrOperationException($"no model folder found (looked at {looked}): name one with --model DIR or JMLR_MODEL");

    [DoesNotReturn]
    internal static void NoGenerator(string path) =>
        throw new JmlrOperationException($"the model at '{path}' has no generator: use 'jmlr search', or 'jmlr ask --extractive'");

    [DoesNotReturn]
    internal static void NothingToIndex(string path) =>
        throw new JmlrOperationException($"the workspace '{path}' has no passages: run 'jmlr ingest PATH' first");
}
