using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Weights;

/// <summary>Every refusal of a weight file, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void OutsideFile(string path, long offset, long length, long size) =>
        throw new JmlrDataException($"{length} bytes are wanted of a file of {size}", path, offset);

    [DoesNotReturn]
    internal static void Malformed(string path, string what, long? offset = null) => throw new JmlrDataException(what, path, offset);

    [DoesNotReturn]
    internal static void NoTensor(string path, string name) => throw new JmlrDataException($"no tensor '{name}'", path);

    [DoesNotReturn]
    internal static void WrongSize(string path, string name, long expected, long got) =>
        throw new ArgumentException($"{path}: tensor '{name}' has {expected} elements, the destination {got}");

    [DoesNotReturn]
    internal static void NotFloat(string path, string name, TensorType type) =>
        throw new JmlrDataException($"tensor '{name}' is {type}; a floating-point or quantised type is needed", path);
}
