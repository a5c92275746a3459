using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Jmlr.Index.Kernels;

/// <summary>Running arg-max over columns of 32: a later value must be strictly larger, so ties go to the lowest index.</summary>
static unsafe class ArgMax
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Update(int* values, int count, int first, int* best, int* index)
    {
        for (int lane = 0; lane < IntegerDots.Rows; lane += 8)
        {
            Vector256<int> most = Vector256.Load(best + lane), at = Vector256.Load(index + lane);
            for (int i = 0; i < count; i++)
            {
                Vector256<int> value = Vector256.Load(values + (i * IntegerDots.Rows) + lane);
                Vector256<int> larger = Vector256.GreaterThan(value, most);
                most = Vector256.ConditionalSelect(larger, value, most);
                at = Vector256.ConditionalSelect(larger, Vector256.Create(first + i), at);
            }

            most.Store(best + lane);
            at.Store(index + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Update(float* values, int count, int first, float* best, int* index)
    {
        for (int lane = 0; lane < IntegerDots.Rows; lane += 8)
        {
            Vector256<float> most = Vector256.Load(best + lane);
            Vector256<int> at = Vector256.Load(index + lane);
            for (int i = 0; i < count; i++)
            {
                Vector256<float> value = Vector256.Load(values + (i * IntegerDots.Rows) + lane);
                Vector256<float> larger = Vector256.GreaterThan(value, most);
                most = Vector256.ConditionalSelect(larger, value, most);
                at = Vector256.ConditionalSelect(larger.AsInt32(), Vector256.Create(first + i), at);
            }

            most.Store(best + lane);
            at.Store(index + lane);
        }
    }
}
