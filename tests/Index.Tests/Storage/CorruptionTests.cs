using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Damage of any byte of any file is found by verify, and by a reader before it can change a result.</summary>
public sealed class CorruptionTests
{
    [Fact]
    public void A_flipped_bit_anywhere_is_found_by_verify_and_never_changes_a_result()
    {
        using IndexFixture fixture = Built();
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma", 500);
        var random = new Random(5);
        int refused = 0, tried = 0;
        foreach (string path in Files(fixture))
        {
            byte[] original = File.ReadAllBytes(path);
            foreach (int position in Positions(path, original.Length, random))
            {
                tried++;
                byte[] damaged = [.. original];
                damaged[position] ^= (byte)(1 << random.Next(8));
                Replace(path, damaged);
                IndexVerification verification = IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken);
                Assert.False(verification.Ok, $"{Path.GetFileName(path)} byte {position}");
                Assert.Contains(verification.Errors, fault => fault.File == Path.GetFileName(path));
                try
                {
                    Assert.Equal(expected, fixture.Search("acute asthma", 500));
                }
                catch (JmlrIntegrityException)
                {
                    refused++;
                }
            }

            Replace(path, original);
        }

        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken).Ok);
        Assert.InRange(refused, tried / 2, tried);
    }

    [Theory]
    [InlineData((uint)SectionId.Residuals)]
    [InlineData((uint)SectionId.Codes)]
    [InlineData((uint)SectionId.Norms)]
    [InlineData((uint)SectionId.Ids)]
    [InlineData((uint)SectionId.PassageTokens)]
    public void A_reader_refuses_a_damaged_block_on_first_touch_and_names_it(uint section)
    {
        using IndexFixture fixture = Built();
        string path = Directory.GetFiles(fixture.Index, "*.jms").MaxBy(file => new FileInfo(file).Length)!;
        SectionPlace place;
        using (var file = new BlockFile(path, BlockFileKind.Segment))
        {
            place = file.Sections.Single(s => s.Id == (SectionId)section);
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[place.Offset + (place.Length / 2)] ^= 0x10;
        Replace(path, bytes);
        JmlrIntegrityException error = Assert.Throws<JmlrIntegrityException>(() => fixture.Search("acute asthma", 500));
        Assert.Equal(path, error.Path);
        Assert.Equal(BlockFormat.Name((SectionId)section), error.Section);
    }

    [Fact]
    public void A_file_cut_to_any_length_is_refused()
    {
        using IndexFixture fixture = Built();
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma", 500);
        foreach (string path in Files(fixture))
        {
            byte[] original = File.ReadAllBytes(path);
            foreach (int length in new[] { 0, 1, 63, 64, 95, original.Length / 2, original.Length - 1 }.Where(length => length < original.Length))
            {
                Replace(path, original[..length]);
                Assert.False(IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken).Ok, $"{path} {length}");
                if (Path.GetFileName(path) == "CURRENT")
                {
                    Assert.Equal(expected, fixture.Search("acute asthma", 500)); // a hint: the manifests decide
                }
                else if (Path.GetExtension(path).Length > 0)
                {
                    Assert.Throws<JmlrIntegrityException>(() => fixture.Search("acute asthma", 500));
                }
            }

            Replace(path, original);
        }
    }

    [Fact]
    public void A_lost_CURRENT_costs_nothing_and_a_lost_segment_is_an_error()
    {
        using IndexFixture fixture = Built();
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma", 500);
        File.Delete(Path.Combine(fixture.Index, "CURRENT"));
        Assert.Equal(expected, fixture.Search("acute asthma", 500));
        File.Delete(Directory.GetFiles(fixture.Index, "*.jms")[0]);
        Assert.Throws<JmlrIntegrityException>(() => fixture.Search("acute asthma"));

        // Building anew is the cure.
        fixture.Builder().Build(IndexFixture.Passages(100), cancellation: TestContext.Current.CancellationToken);
        Assert.True(IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken).Ok);
    }

    private static IndexFixture Built()
    {
        var fixture = new IndexFixture();
        fixture.Builder().Build(IndexFixture.Passages(150), cancellation: TestContext.Current.CancellationToken);
        fixture.Builder().Apply(IndexFixture.Passages(20, first: 145, salt: 3), [IndexFixture.Id(7)], cancellation: TestContext.Current.CancellationToken);
        // One generation only, so that every file is one of the state in force.
        foreach (string old in Directory.GetFiles(fixture.Index, "manifest-00000001"))
        {
            File.Delete(old);
        }

        return fixture;
    }

    private static IEnumerable<string> Files(IndexFixture fixture) => Directory.GetFiles(fixture.Index).Where(path => Path.GetFileName(path) != "LOCK").Order(StringComparer.Ordinal);

    private static IEnumerable<int> Positions(string path, int length, Random random)
    {
        if (Path.GetExtension(path).Length == 0)
        {
            return Enumerable.Range(0, 12).Select(_ => random.Next(length));
        }

        // The first and last bytes of the file, of every section and of the padding between, and some at random.
        BlockFileKind kind = path.EndsWith(".jmc", StringComparison.Ordinal) ? BlockFileKind.Codec : path.EndsWith(".del", StringComparison.Ordinal) ? BlockFileKind.Tombstones : BlockFileKind.Segment;
        using var file = new BlockFile(path, kind);
        List<int> positions = [0, 9, 30, 63, length - 1, length - 10, length - 20, length - 33, length - 40];
        foreach (SectionPlace place in file.Sections)
        {
            positions.AddRange([(int)place.Offset, (int)(place.Offset + (place.Length / 3)), (int)(place.Offset + place.Length - 1), (int)(place.Offset + place.Length)]);
        }

        return positions.Concat(Enumerable.Range(0, 10).Select(_ => random.Next(length))).Distinct();
    }

    /// <summary>Replaces a file by a new one, as a mapped file must not be written over.</summary>
    private static void Replace(string path, byte[] content)
    {
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }
}
