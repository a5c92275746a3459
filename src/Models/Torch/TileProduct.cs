using System.Runtime.InteropServices;

namespace Jmlr.Models.Torch;

/// <summary>
/// libtorch's product of one block of bf16 matrices on the matrix units of the processor (AMX), on the calling thread, into fp32: its <c>at::native::cpublas::brgemm</c>, which
/// its own fused attention is made of. An exported function of C++, not of the binding, so it is looked up by its mangled name; where it is missing or the processor
/// has no matrix units, <see cref="IsSupported"/> is false and whole products of libtorch are the way.
/// </summary>
public static unsafe class TileProduct
{
    private const int BrainType = 15; // c10::ScalarType::BFloat16

    private static readonly delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void> Brgemm;
    private static readonly delegate* unmanaged<byte, void> ReleaseTiles;

    static TileProduct()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !NativeLibrary.TryLoad("libtorch_cpu.so", out nint library)
            || !NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas10could_packEN3c1010ScalarTypeE", out nint supports)
            || !NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb", out nint product)
            || !NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas14brgemm_releaseEb", out nint release))
        {
            return;
        }

        Brgemm = (delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void>)product;
        ReleaseTiles = (delegate* unmanaged<byte, void>)release;
        // True exactly where oneDNN may use AMX; elsewhere the product would end the process.
        IsSupported = ((delegate* unmanaged<int, byte>)supports)(BrainType) != 0;
    }

    /// <summary>Whether <see cref="Run"/> may be called. Ask after <see cref="TorchRuntime.Start"/>: libtorch must be loaded.</summary>
    public static bool IsSupported { get; }

    /// <summary>
    /// c [rows, columns] = a [rows, inner] times b, added to what is there when <paramref name="add"/>. b holds pairs of inner indices together: [inner / 2][columns][2]. Strides
    /// count elements. A kernel is compiled for each new combination of sizes and strides and thread: keep them few. <see cref="Release"/> when done.
    /// </summary>
    public static void Run(int rows, int columns, int inner, ushort* a, int strideA, ushort* b, float* c, int strideC, bool add) =>
        Brgemm(rows, columns, inner, strideA, columns, strideC, add ? (byte)1 : (byte)0, a, b, c, 1);

    /// <summary>Gives the matrix units of the calling thread back: libtorch sets them up anew for other work.</summary>
    public static void Release() => ReleaseTiles(1);
}
