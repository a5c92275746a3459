using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Jmlr.Models.Errors;
using TorchSharp;

namespace Jmlr.Models.Torch;

/// <summary>The one place where libtorch is set up: natives, threads, waiting policy, device. Everything that uses tensors calls <see cref="Start"/> first.</summary>
public static partial class TorchRuntime
{
    /// <summary>Name of the processor as a device; asking for it loads nothing.</summary>
    public const string Processor = "cpu";

    private static readonly Lock Gate = new();
    private static bool _loaded;

    // libgomp keeps the number of threads for each calling thread, so one global figure would be believed where it does not hold.
    [ThreadStatic]
    private static int _threads;

    /// <summary>Version of libtorch's binding, for reports; loads no libtorch.</summary>
    public static string Version => typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Loads libtorch (once) and sets the number of threads of the operations that the calling thread starts.</summary>
    /// <exception cref="JmlrOperationException">libtorch or its binding is missing or cannot be loaded; the message names the folders looked at.</exception>
    public static void Start(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (_threads == threads)
        {
            return;
        }

        lock (Gate)
        {
            if (!_loaded)
            {
                Load();
                _loaded = true;
            }
        }

        // A thread's first use of libtorch takes over the number that some thread set last: let that happen before, not after, this thread's own number is set.
        torch.get_num_threads();
        torch.set_num_threads(threads);
        _threads = threads;
    }

    /// <summary>The device called "cpu", "cuda" or "cuda:N".</summary>
    /// <exception cref="JmlrUsageException">Another name.</exception>
    /// <exception cref="JmlrOperationException">There is no such device here.</exception>
    public static torch.Device Device(string name)
    {
        if (name == Processor)
        {
            return torch.CPU;
        }

        bool numbered = name.StartsWith("cuda:", StringComparison.Ordinal);
        int number = 0;
        if (name != "cuda" && !(numbered && int.TryParse(name.AsSpan(5), out number) && number >= 0))
        {
            Throw.UnknownDevice(name);
        }

        Start(_threads == 0 ? Environment.ProcessorCount : _threads);
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (number >= count)
        {
            Throw.NoSuchDevice(name, count);
        }

        return torch.device(DeviceType.CUDA, number);
    }

    private static void Load()
    {
        if (OperatingSystem.IsLinux())
        {
            // libgomp spins while it waits, which halves the speed as soon as another process wants a core. Environment.SetEnvironmentVariable does not reach libc.
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            KeepFreedMemory();
            // Before TorchSharp is touched: when its own search fails it copies 500 MB about and then names the wrong reason.
            TorchNativeLoader.RequireFiles();
        }

        try
        {
            _ = torch.get_num_threads();
        }
        catch (TypeInitializationException error) when (Cause(error) is JmlrException cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    /// <summary>
    /// The activations of every layer are allocated anew. By default glibc maps each from the kernel and gives it back, and the page faults cost a fifth of
    /// the encoding time on a virtual machine.
    /// </summary>
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, MapThreshold = -3; // M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of malloc.h
        try
        {
            _ = MallocOption(MapThreshold, 32 << 20); // the largest that glibc takes
            _ = MallocOption(TrimThreshold, 1 << 30);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library: its allocator has its own ways.
        }
    }

    private static JmlrException? Cause(Exception? error)
    {
        while (error is not null and not JmlrException)
        {
            error = error.InnerException;
        }

        return (JmlrException?)error;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
