using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Packaging;

/// <summary>Every refusal of a model folder.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void NoManifest(string folder) =>
        throw new JmlrOperationException($"no {ModelFolder.ManifestName} in '{folder}': name a model folder with --model DIR");

    [DoesNotReturn]
    internal static void CannotRead(string file, Exception inner) => throw new JmlrOperationException($"cannot read '{file}': {inner.Message}", inner);

    [DoesNotReturn]
    internal static void Manifest(string file, string what, Exception? inner = null) => throw new JmlrDataException(what, file, null, inner);

    [DoesNotReturn]
    internal static void MissingPart(string path) => throw new JmlrOperationException($"model part '{path}' is missing; restore it from where the model came from");

    [DoesNotReturn]
    internal static void WrongLength(string path, ModelPart part, long found) =>
        throw new JmlrIntegrityException($"the {part.Role} part has {found} bytes, {ModelFolder.ManifestName} says {part.Bytes}", path);

    [DoesNotReturn]
    internal static void WrongHash(string path, ModelPart part, string found) =>
        throw new JmlrIntegrityException($"the {part.Role} part was altered: SHA-256 {found}, {ModelFolder.ManifestName} says {part.Sha256}", path);

    [DoesNotReturn]
    internal static void NoRole(string folder, string role) =>
        throw new JmlrOperationException($"the model in '{folder}' has no {role} part");
}
