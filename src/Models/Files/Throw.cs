using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Jmlr.Models.Errors;

namespace Jmlr.Models.Files;

/// <summary>Every refusal of the file helpers.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void Held(string path, string purpose, string owner, Exception inner) =>
        throw new JmlrOperationException($"cannot {purpose}: '{path}' is held by {owner}; wait for it to end", inner);

    [DoesNotReturn]
    internal static void CannotLock(string path, string purpose, Exception inner) =>
        throw new JmlrOperationException($"cannot {purpose}: no lock can be taken at '{path}': {inner.Message}", inner);

    /// <summary>Reports the last error of a system call.</summary>
    [DoesNotReturn]
    internal static void SystemCall(string what) => throw new IOException($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
}
