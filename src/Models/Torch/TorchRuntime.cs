using System.Runtime.InteropServices;
using TorchSharp;

namespace Jmlr.Models.Torch;

/// <summary>The one place where libtorch is set up: threads and waiting policy. Everything that uses tensors calls <see cref="Start"/> first.</summary>
public static partial class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static int _threads;

    /// <summary>Loads libtorch (once) and sets the number of threads of its operations.</summary>
    public static void Start(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Gate)
        {
            if (_threads == 0 && OperatingSystem.IsLinux())
            {
                // libgomp spins while it waits, which halves the speed as soon as another process wants a core. Environment.SetEnvironmentVariable does not reach libc.
                _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            }

            if (_threads != threads)
            {
                torch.set_num_threads(threads);
                _threads = threads;
            }
        }
    }

    /// <summary>Version of libtorch's binding, for reports.</summary>
    public static string Version => typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
