using Jmlr.Models.Errors;
using Jmlr.Models.Torch;

namespace Jmlr.Models.Tests.Torch;

public sealed class NativeFoldersTests
{
    [Fact]
    public void A_missing_library_is_reported_with_every_folder_looked_at()
    {
        var error = Assert.Throws<JmlrOperationException>(() => NativeFolders.Find("libtorch_cpu.so", ["/nowhere/one", "/nowhere/two"]));
        Assert.Contains("libtorch_cpu.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/one", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/two", error.Message, StringComparison.Ordinal);
        Assert.Contains(NativeFolders.Variable, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_folder_that_holds_the_library_wins()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("jmlr-test-");
        try
        {
            string[] folders = [.. new[] { "a", "b", "c" }.Select(name => root.CreateSubdirectory(name).FullName)];
            File.WriteAllText(Path.Combine(folders[1], "lib.so"), "");
            File.WriteAllText(Path.Combine(folders[2], "lib.so"), "");
            Assert.Equal(Path.Combine(folders[1], "lib.so"), NativeFolders.Find("lib.so", folders));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("tpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void A_device_of_another_name_is_refused(string name) => Assert.Throws<JmlrUsageException>(() => TorchRuntime.Device(name));

    [Fact]
    public void A_device_that_is_not_there_is_refused() => Assert.Throws<JmlrOperationException>(() => TorchRuntime.Device("cuda:99"));

    [Fact]
    public void Every_thread_gets_the_number_of_threads_it_asked_for()
    {
        TorchRuntime.Start(1);
        int there = 0;
        var other = new Thread(() =>
        {
            TorchRuntime.Start(2);
            there = TorchSharp.torch.get_num_threads();
        });
        other.Start();
        other.Join();
        Assert.Equal(2, there);
        TorchRuntime.Start(1);
        Assert.Equal(1, TorchSharp.torch.get_num_threads());
    }
}
