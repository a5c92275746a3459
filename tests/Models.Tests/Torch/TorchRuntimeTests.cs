using Jmlr.Models.Torch;
using static TorchSharp.torch;

namespace Jmlr.Models.Tests.Torch;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void Torch_loads_and_multiplies_without_a_shadow_copy()
    {
        TorchRuntime.Start(1);
        using var scope = NewDisposeScope();
        Tensor product = ones(3, 4).matmul(ones(4, 5));
        Assert.Equal(60f, product.sum().item<float>());
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")), "TorchSharp copied libtorch into the output folder: the loader was not active");
    }

    [Fact]
    public void Exactly_one_version_is_weakened()
    {
        byte[] image = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so"));
        byte[] before = [.. image];
        Assert.Equal(0, ElfVersions.Weaken(image, "GLIBCXX_9.9.99"));
        Assert.Equal(before, image);
        Assert.Equal(1, ElfVersions.Weaken(image, "GLIBCXX_3.4.32"));
        Assert.Single(Enumerable.Range(0, image.Length), i => image[i] != before[i]);
    }

    [Fact]
    public void A_damaged_library_never_leads_outside_its_bytes()
    {
        byte[] image = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so"));
        for (int length = 0; length < 4096; length += 7)
        {
            ElfVersions.Weaken(image.AsSpan(0, length), "GLIBCXX_3.4.32");
        }

        var random = new Random(20261125);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. image];
            for (int i = 0; i < 16; i++)
            {
                damaged[random.Next(64)] = (byte)random.Next(256);
            }

            ElfVersions.Weaken(damaged, "GLIBCXX_3.4.32");
        }
    }
}
