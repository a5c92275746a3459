using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Torch;

/// <summary>Errors of setting up libtorch, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static string NativeMissing(string file, IReadOnlyList<string> folders) => throw new JmlrOperationException(
        $"libtorch is missing: no '{file}' in {string.Join(" or ", folders.Select(folder => $"'{folder}'"))}; restore the packages with 'dotnet build', or name its folder in {NativeFolders.Variable}");

    [DoesNotReturn]
    internal static void UnknownBinding(string path, string version, int found) =>
        throw new JmlrOperationException($"cannot load '{path}': it asks for {version} {found} times instead of once, so it is not the version this loader knows");

    [DoesNotReturn]
    internal static nint NotWritable(Exception error) =>
        throw new JmlrOperationException($"cannot write libtorch's binding below '{Path.GetTempPath()}': {error.Message}; set TMPDIR to a folder that can be written", error);

    [DoesNotReturn]
    internal static nint NotLoadable(string path, string advice, Exception error) => throw new JmlrOperationException($"cannot load '{path}': {error.Message}{advice}", error);

    [DoesNotReturn]
    internal static void UnknownDevice(string name) => throw new JmlrUsageException($"device '{name}': allowed are cpu, cuda and cuda:N");

    [DoesNotReturn]
    internal static void NoSuchDevice(string name, int count) => throw new JmlrOperationException(
        $"device '{name}': {count} CUDA devices are usable with this build of libtorch; use cpu, or build with -p:TorchBackend=cuda");
}
