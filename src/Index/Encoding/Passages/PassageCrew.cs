using Jmlr.Index.Kernels;
using Jmlr.Index.Search;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Jmlr.Index.Encoding.Passages;

/// <summary>Threads that encode groups of passages into token vectors. Not thread-safe.</summary>
sealed unsafe class PassageCrew : IDisposable
{
    // Vectors are handed over after so many groups for each thread: at the end of each round a thread waits for half a group.
    private const int GroupsOfThread = 32;
    private const float LeastNorm = 1e-12f; // as libtorch's normalize

    private readonly PassageBert _bert;
    private readonly PackedLinear[] _projection;
    private readonly int _dimension;
    private readonly WorkCrew _crew;
    private readonly PassageRoom[] _rooms;
    private readonly AlignedBuffer<float>[] _vectors; // by group in work, [tokens, outputs]
    private readonly Action<int, int> _encode;
    private PassageGroup[] _groups = [];

    /// <summary>For <paramref name="projection"/> [hidden, dimension] fp32.</summary>
    internal PassageCrew(PassageBert bert, Tensor projection, int threads)
    {
        (_bert, _dimension, _crew, _encode) = (bert, (int)projection.shape[1], new WorkCrew(threads), Encode);
        _rooms = [.. Enumerable.Range(0, threads).Select(_ => new PassageRoom())];
        _vectors = [.. Enumerable.Range(0, threads * GroupsOfThread).Select(_ => new AlignedBuffer<float>())];
        using var scope = NewDisposeScope();
        // Two bf16 hold 16 bits of a weight: the states are bf16, and the projection decides the cosine.
        Tensor weight = projection.t().contiguous(), rounded = weight.to(bfloat16);
        _projection = [new PackedLinear(rounded, null), new PackedLinear(weight.sub(rounded.to(float32)).to(bfloat16), null)];
    }

    /// <summary>Encodes passages, ids of each in <paramref name="rows"/>, and hands their vectors to <paramref name="receiver"/> on the calling thread; only of the tokens that <paramref name="keeps"/> wants.</summary>
    internal void Run(IReadOnlyList<int[]> rows, Predicate<int> keeps, PassageVectors receiver, CancellationToken cancellation)
    {
        foreach (PassageGroup[] groups in PassageGroup.Make(rows, _crew.Threads).Chunk(_vectors.Length))
        {
            cancellation.ThrowIfCancellationRequested();
            _groups = groups;
            _crew.Run(groups.Length, _encode);
            for (int i = 0; i < groups.Length; i++)
            {
                Deliver(groups[i], _vectors[i].Pointer, keeps, receiver);
            }
        }
    }

    public void Dispose()
    {
        Array.ForEach(_projection, part => part.Dispose());
        Array.ForEach(_rooms, room => room.Dispose());
        Array.ForEach(_vectors, buffer => buffer.Dispose());
    }

    private void Encode(int worker, int item)
    {
        PassageGroup group = _groups[item];
        int outputs = _projection[0].Outputs;
        float* vectors = _vectors[item].Ensure((long)group.Ids.Length * outputs);
        _bert.Encode(group.Ids, group.Lengths, _projection, _rooms[worker], vectors);
        for (int token = 0; token < group.Ids.Length; token++)
        {
            var vector = new Span<float>(vectors + ((long)token * outputs), _dimension);
            TensorPrimitives.Multiply(vector, 1 / MathF.Max(TensorPrimitives.Norm(vector), LeastNorm), vector);
        }
    }

    /// <summary>Moves the vectors of kept tokens together, passage after passage.</summary>
    private void Deliver(PassageGroup group, float* vectors, Predicate<int> keeps, PassageVectors receiver)
    {
        int outputs = _projection[0].Outputs, token = 0;
        for (int i = 0; i < group.Passages.Length; i++)
        {
            float* passage = vectors + ((long)token * outputs);
            int kept = 0;
            for (int end = token + group.Lengths[i]; token < end; token++)
            {
                if (keeps(group.Ids[token]))
                {
                    new Span<float>(vectors + ((long)token * outputs), _dimension).CopyTo(new Span<float>(passage + ((long)kept * _dimension), _dimension));
                    kept++;
                }
            }

            receiver(group.Passages[i], new ReadOnlySpan<float>(passage, kept * _dimension));
        }
    }
}
