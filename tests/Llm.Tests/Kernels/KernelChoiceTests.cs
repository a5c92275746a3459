using Jmlr.Llm.Kernels;
using Jmlr.Llm.Matrices;
using Jmlr.Llm.Memory;

namespace Jmlr.Llm.Tests.Kernels;

/// <summary>The choice of kernels: measured once, kept, forced by the environment, and never a change of results.</summary>
public sealed unsafe class KernelChoiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-kernels-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Measured_once_and_kept()
    {
        RequireAChoice();
        InstructionSet first = KernelChoice.Choose(_folder);
        string kept = KernelChoice.KeptAt(_folder), answer = File.ReadAllText(kept);
        string[] names = answer.Trim().Split(' ');
        Assert.Equal([first.Tiles.Name, first.ByteTiles.Name], names);
        Assert.All(names, name => Assert.Contains(name, KernelChoice.Contenders(InstructionSet.Available)));

        // What is kept is believed.
        string other = KernelChoice.Contenders(InstructionSet.Available).First(name => name != names[0]);
        File.WriteAllText(kept, $"{other} {names[1]}\n");
        Assert.Equal(other, KernelChoice.Choose(_folder).Tiles.Name);
        Assert.Equal(names[1], KernelChoice.Choose(_folder).ByteTiles.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("avx512")]
    [InlineData("mmx mmx")]
    [InlineData("avx512 avx512 avx512")]
    [InlineData("\u0000\u0001\u0002")]
    public void A_damaged_answer_is_measured_again(string damaged)
    {
        RequireAChoice();
        string path = KernelChoice.KeptAt(_folder);
        File.WriteAllText(path, damaged);
        InstructionSet set = KernelChoice.Choose(_folder);
        Assert.Equal($"{set.Tiles.Name} {set.ByteTiles.Name}\n", File.ReadAllText(path));
    }

    [Fact]
    public void Without_a_place_to_keep_it_still_chooses()
    {
        RequireAChoice();
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "not a folder");
        Assert.Contains(KernelChoice.Choose(file).Tiles.Name, InstructionSet.Available);
    }

    [Fact]
    public void Contenders_leave_out_what_cannot_win()
    {
        Assert.Equal(["avx512", "avxvnni"], KernelChoice.Contenders(["avx512", "avxvnni", "avx2", "scalar"]));
        Assert.Equal(["avx512", "avx2"], KernelChoice.Contenders(["avx512", "avx2", "scalar"]));
        Assert.Equal(["avx2"], KernelChoice.Contenders(["avx2", "scalar"]));
        Assert.Empty(KernelChoice.Contenders(["scalar"]));
    }

    [Fact]
    public void Mixed_sets_keep_the_floats_of_the_widest()
    {
        InstructionSet mixed = InstructionSet.Create(InstructionSet.Available[^1], InstructionSet.Available[0]);
        Assert.Equal(InstructionSet.Create(InstructionSet.Available[0]).Floats.GetType(), mixed.Floats.GetType());
        Assert.Equal(InstructionSet.Available[^1], mixed.TilesOf(TileFormat.Q4Min).Name);
        Assert.Equal(InstructionSet.Available[0], mixed.TilesOf(TileFormat.Q8Min).Name);
    }

    [Fact]
    public void All_vector_sets_give_the_same_bits()
    {
        Random random = new(11);
        foreach (TileFormat format in (TileFormat[])[TileFormat.Q4, TileFormat.Q4Min, TileFormat.Q8, TileFormat.Q8Min, TileFormat.F32])
        {
            foreach (int tokens in (int[])[1, 3, 8, 21])
            {
                const int rows = 48, columns = 224;
                using NativeBuffer weights = new(PackedMatrix.Measure(format, rows, columns));
                new Span<byte>(weights.Pointer, (int)weights.Length).Fill(0x21);
                for (int i = 0; i < weights.Length; i++)
                {
                    // Bytes below 0x40 keep every fp16 and fp32 finite and small.
                    weights.Pointer[i] = (byte)random.Next(0x40);
                }

                using Activations x = new(tokens, columns);
                x.Shape(tokens, columns);
                for (int i = 0; i < x.Groups * x.GroupStride; i++)
                {
                    x.Quants[i] = (sbyte)random.Next(-127, 128);
                    x.Values[i] = random.NextSingle() - 0.5f;
                }

                for (int i = 0; i < x.Groups * x.GroupStride / 32; i++)
                {
                    x.Scales[i] = random.NextSingle();
                    x.Sums[i] = random.NextSingle() - 0.5f;
                }

                float[]? expected = null;
                foreach (string set in InstructionSet.Available.Where(name => name != "scalar"))
                {
                    using NativeBuffer output = new(tokens * rows * sizeof(float));
                    InstructionSet.Create(set).Tiles.Multiply(new PackedMatrix(format, rows, columns, weights.Pointer), 0, rows / 16, x, (float*)output.Pointer, rows);
                    float[] actual = new Span<float>(output.Pointer, tokens * rows).ToArray();
                    Assert.All(actual, value => Assert.True(float.IsFinite(value)));
                    Assert.Equal(expected ?? actual, actual);
                    expected = actual;
                }
            }
        }
    }

    private static void RequireAChoice()
    {
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KernelChoice.Variable)), $"{KernelChoice.Variable} is set");
        Assert.SkipUnless(KernelChoice.Contenders(InstructionSet.Available).Length > 1, "this machine has one vector set");
    }
}
