using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Index;

/// <summary>Every refusal of the index, worded once.</summary>
static partial class Throw
{
    [DoesNotReturn]
    internal static void UnknownInstructionSet(string value) =>
        throw new JmlrUsageException($"JMLR_FORCE_ISA is '{value}': expected avx512, avxvnni, avx2, advsimddp, advsimd or scalar, and a processor that has it");

    [DoesNotReturn]
    internal static void BadSetting(string name, object value, string allowed) => throw new JmlrUsageException($"{name} is {value}: allowed is {allowed}");

    [DoesNotReturn]
    internal static void Corrupt(string path, string? section, long? offset, string what) => throw new JmlrIntegrityException(what, path, section, offset);

    [DoesNotReturn]
    internal static void NoIndex(string folder) => throw new JmlrOperationException($"there is no index in '{folder}': run `jmlr index build`");

    [DoesNotReturn]
    internal static void OtherIdentity(string folder, string part, string built, string wanted) => throw new JmlrOperationException(
        $"the index in '{folder}' was built with {part} {Short(built)}, but {Short(wanted)} is in use: run `jmlr index build` to build it anew, or use the {part} it was built with");

    [DoesNotReturn]
    internal static void NotUnique(string id) => throw new JmlrOperationException($"passage id '{id}' is given twice: ids must be unique in an index");

    [DoesNotReturn]
    internal static void BadId(string id) => throw new JmlrOperationException($"passage id '{id}' is {id.Length} characters long: allowed are 1 to 4096");

    [DoesNotReturn]
    internal static void NoVectors(string id) => throw new JmlrOperationException($"the encoder gave no token vectors for passage '{id}'");

    [DoesNotReturn]
    internal static void BadVectors(string id, string what) => throw new JmlrOperationException($"the token vectors of passage '{id}' cannot be indexed: {what}");

    [DoesNotReturn]
    internal static void UnknownPassage(string id) => throw new JmlrOperationException($"passage '{id}' is not in the index");

    [DoesNotReturn]
    internal static void NoGeneration(string folder, long generation, string kept) =>
        throw new JmlrOperationException($"generation {generation} of the index in '{folder}' is not kept: kept are {kept}");

    [DoesNotReturn]
    internal static void CannotWrite(string path, Exception inner) =>
        throw new JmlrOperationException($"cannot write '{path}': {inner.Message} (the index stays whole)", inner);

    [DoesNotReturn]
    internal static void ForeignIndex(string path, string what) => throw new JmlrDataException(what, path);

    [DoesNotReturn]
    internal static int ForeignNumber(string path, string value) => throw new JmlrDataException($"{value}: a whole number within bounds is expected", path);

    [DoesNotReturn]
    internal static void NotOneCodec(string folder, int codecs) =>
        throw new JmlrOperationException($"the index in '{folder}' has {codecs} codecs: an index of another engine has one; run `jmlr index build` first");

    [DoesNotReturn]
    internal static void TargetExists(string path) => throw new JmlrOperationException($"'{path}' is there already: name a folder that is not");

    [DoesNotReturn]
    internal static void EmptyQuery() => throw new JmlrUsageException("the query has no token vectors: it must hold at least one word");

    [DoesNotReturn]
    internal static void QueryDimension(int got, int expected) => throw new ArgumentException($"the query has {got} dimensions, the index {expected}");

    [DoesNotReturn]
    internal static void QueryNotFinite(int row) => throw new ArgumentException($"query vector {row} holds a value that is not finite");

    [DoesNotReturn]
    internal static void BadTop(int top) => throw new JmlrUsageException($"{top} passages are asked for: at least 1 is allowed");

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
