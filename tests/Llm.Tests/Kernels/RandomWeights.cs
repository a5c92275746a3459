using System.Runtime.InteropServices;
using Jmlr.Models.Weights;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>Valid stored weights with random content: random quants, small finite scales.</summary>
static class RandomWeights
{
    public static byte[] Of(TensorType type, int count, Random random)
    {
        byte[] stored = new byte[TensorTypes.ByteLength(type, count)];
        random.NextBytes(stored);
        int block = TensorTypes.BlockBytes(type);
        for (int at = 0; at < stored.Length; at += block)
        {
            Span<byte> bytes = stored.AsSpan(at, block);
            switch (type)
            {
                case TensorType.F32:
                    MemoryMarshal.Write(bytes, (float)((random.NextDouble() - 0.5) / 10));
                    break;
                case TensorType.F16:
                    MemoryMarshal.Write(bytes, (Half)((random.NextDouble() - 0.5) / 10));
                    break;
                case TensorType.BF16:
                    MemoryMarshal.Write(bytes, (ushort)(BitConverter.SingleToUInt32Bits((float)((random.NextDouble() - 0.5) / 10)) >> 16));
                    break;
                case TensorType.Q6_K:
                    MemoryMarshal.Write(bytes[208..], (Half)(random.NextDouble() / 1000));
                    break;
                case TensorType.Q2_K:
                    MemoryMarshal.Write(bytes[80..], (Half)(random.NextDouble() / 100));
                    MemoryMarshal.Write(bytes[82..], (Half)(random.NextDouble() / 100));
                    break;
                case TensorType.Q3_K:
                    MemoryMarshal.Write(bytes[108..], (Half)((random.NextDouble() + 0.2) / 1000)); // an 8-bit scale must not fall below fp16's normal numbers
                    break;
                case TensorType.IQ4_NL or TensorType.IQ4_XS:
                    MemoryMarshal.Write(bytes, (Half)(random.NextDouble() / 10000));
                    break;
                default:
                    MemoryMarshal.Write(bytes, (Half)(random.NextDouble() / 100));
                    if (type is TensorType.Q4_1 or TensorType.Q5_1 or TensorType.Q4_K or TensorType.Q5_K)
                    {
                        MemoryMarshal.Write(bytes[2..], (Half)((random.NextDouble() - 0.5) / 10));
                    }

                    break;
            }
        }

        return stored;
    }
}
