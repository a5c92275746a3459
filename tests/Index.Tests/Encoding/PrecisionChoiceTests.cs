using Jmlr.Index.Encoding;
using Jmlr.Models.Torch;

namespace Jmlr.Index.Tests.Encoding;

public sealed class PrecisionChoiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jmlr-precision-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_stated_precision_is_not_measured()
    {
        Assert.True(PrecisionChoice.UseBrain(EncoderPrecision.Bf16, 1, _folder));
        Assert.False(PrecisionChoice.UseBrain(EncoderPrecision.Fp32, 1, _folder));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_single_query_does_not_measure_and_takes_what_is_known()
    {
        TorchRuntime.Start(1);
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PrecisionChoice.Variable)), "the precision is forced");
        Assert.False(PrecisionChoice.UseBrain(EncoderPrecision.Known, 1, _folder));
        Assert.Empty(Directory.GetFiles(_folder));
        bool measured = PrecisionChoice.UseBrain(EncoderPrecision.Fastest, 1, _folder);
        string file = Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(measured, PrecisionChoice.UseBrain(EncoderPrecision.Known, 1, _folder));
        foreach ((string answer, bool brain) in ((string, bool)[])[("bf16\n", true), ("fp32\n", false)])
        {
            File.WriteAllText(file, answer);
            Assert.Equal(brain, PrecisionChoice.UseBrain(EncoderPrecision.Fastest, 1, _folder));
        }

        // Another number of threads is another measurement.
        File.WriteAllText(file, "bf16\n");
        Assert.False(PrecisionChoice.UseBrain(EncoderPrecision.Known, 2, _folder));
        File.WriteAllText(file, "neither");
        Assert.False(PrecisionChoice.UseBrain(EncoderPrecision.Known, 1, _folder));
    }
}
