using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Weights;

/// <summary>Every refusal of a weight file, worded once.</summary>
static class Throw
{
    private const int MaximumMessage = 500;

    [DoesNotReturn]
    internal static void OutsideFile(string path, long offset, long length, long size) =>
        throw new JmlrDataException($"{length} bytes are wanted of a file of {size}", path, offset);

    [DoesNotReturn]
    internal static void TooLong(string path, long offset, long length) =>
        throw new JmlrDataException($"{length} bytes in one piece: at most {int.MaxValue} are handed out", path, offset);

    [DoesNotReturn]
    internal static void Malformed(string path, string what, long? offset = null, Exception? inner = null) =>
        throw new JmlrDataException(OneLine(what), path, offset, inner);

    [DoesNotReturn]
    internal static void NoTensor(string path, string name) => throw new JmlrDataException(OneLine($"no tensor '{name}'"), path);

    [DoesNotReturn]
    internal static void WrongSize(string path, string name, long expected, long got) =>
        throw new ArgumentException($"{path}: tensor '{name}' has {expected} elements, the destination {got}");

    [DoesNotReturn]
    internal static void NotFloat(string path, string name, TensorType type) =>
        throw new JmlrDataException(OneLine($"tensor '{name}' is {type}; a floating-point or quantised type is needed"), path);

    [DoesNotReturn]
    internal static void WrongBlocks(TensorType type, int bytes, int elements) =>
        throw new ArgumentException($"{bytes} bytes of {type} do not hold {elements} elements in whole blocks of {TensorTypes.BlockSize(type)}");

    [DoesNotReturn]
    internal static void BadTensorName(string name) =>
        throw new ArgumentException($"tensor name '{name}' is reserved or stands twice");

    [DoesNotReturn]
    internal static void CannotOpen(string path, Exception inner) => throw new JmlrOperationException($"cannot open '{path}': {inner.Message}", inner);

    [DoesNotReturn]
    internal static void NoSuchPath(string path) => throw new JmlrOperationException($"no such file or folder: '{path}'");

    [DoesNotReturn]
    internal static void NoWeights(string folder, IEnumerable<string> wanted) =>
        throw new JmlrOperationException($"no weights in '{folder}': looked for {string.Join(", ", wanted)} and *.gguf");

    [DoesNotReturn]
    internal static void SeveralModels(string folder, IEnumerable<string> files) =>
        throw new JmlrOperationException(OneLine($"'{folder}' holds several GGUF models: name one of {string.Join(", ", files)}"));

    // Names come from files of strangers: the message stays one line of bounded length, without control characters.
    private static string OneLine(string what)
    {
        string cut = what.Length > MaximumMessage ? $"{what.AsSpan(0, MaximumMessage)}..." : what;
        return cut.Any(char.IsControl) ? string.Create(cut.Length, cut, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        }) : cut;
    }
}
