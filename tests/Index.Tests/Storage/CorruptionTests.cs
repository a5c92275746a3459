using Jmlr.Index.Search;
using Jmlr.Index.Storage;
using Jmlr.Models.Errors;

namespace Jmlr.Index.Tests.Storage;

/// <summary>Damage of any byte of any file is found by verify, and by a reader before it can change a result.</summary>
public sealed class CorruptionTests
{
    // A longer run: JMLR_TEST_FLIPS=100000.
    private static readonly int Flips = int.TryParse(Environment.GetEnvironmentVariable("JMLR_TEST_FLIPS"), out int flips) ? Math.Clamp(flips, 100, 10_000_000) : 2000;

    [Fact]
    public void A_flipped_bit_anywhere_is_found_by_verify_and_by_the_reader_and_never_changes_a_result()
    {
        using IndexFixture fixture = Built();
        IReadOnlyList<ScoredPassage> expected = fixture.Search("acute asthma", 500);
        var random = new Random(5);
        int refused = 0, tried = 0;
        string[] files = [.. Files(fixture)];
        foreach (string path in files)
        {
            byte[] original = File.ReadAllBytes(path);
            foreach (int position in Positions(path, original.Length, random, (Flips / files.Length) + 1))
            {
                tried++;
                byte[] damaged = [.. original];
                damaged[position] ^= (byte)(1 << random.Next(8));
                Replace(path, damaged);
                IndexVerification verification = IndexVerifier.Verify(fixture.Index, cancellation: TestContext.Current.CancellationToken);
                Assert.False(verification.Ok, $"{Path.GetFileName(path)} byte {position}");
                Assert.Contains(verification.Errors, fault => fault.File == Path.GetFileName(path));
                DemandRefusal(path, original, position);
                if (tried % 5 != 0)
                {
                    continue;
                }

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
        Assert.InRange(tried, Flips, int.MaxValue);
        Assert.InRange(refused, tried / 15, tried / 5); // what a search does not read (text hashes) it does not refuse
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
            IEnumerable<int> lengths = Positions(path, original.Length, new Random(7), 20).Concat([0, 1, 64, 95, original.Length - 1]);
            foreach (int length in lengths.Where(length => length < original.Length).Distinct())
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

    /// <summary>The file refuses to open, or its section does on the first read, unless the byte is one of the zeros between sections.</summary>
    private static void DemandRefusal(string path, byte[] original, int position)
    {
        if (Path.GetExtension(path).Length == 0)
        {
            return;
        }

        try
        {
            using var file = new BlockFile(path, Kind(path));
            SectionPlace[] place = [.. file.Sections.Where(section => position >= section.Offset && position < section.Offset + section.Length)];
            if (place.Length == 0)
            {
                Assert.Equal(0, original[position]);
                return;
            }

            JmlrIntegrityException error = Assert.Throws<JmlrIntegrityException>(() => file.Read(place[0].Id, position - place[0].Offset, 1));
            Assert.Equal(BlockFormat.Name(place[0].Id), error.Section);
        }
        catch (JmlrIntegrityException refused)
        {
            Assert.Equal(path, refused.Path);
        }
    }

    private static BlockFileKind Kind(string path) => Path.GetExtension(path) switch
    {
        ".jmc" => BlockFileKind.Codec,
        ".del" => BlockFileKind.Tombstones,
        _ => BlockFileKind.Segment,
    };

    private static IEnumerable<int> Positions(string path, int length, Random random, int count)
    {
        if (Path.GetExtension(path).Length == 0)
        {
            return Enumerable.Range(0, count).Select(_ => random.Next(length));
        }

        // The first and last bytes of the file, of every section and of the padding between, some in each section and some anywhere.
        using var file = new BlockFile(path, Kind(path));
        List<int> positions = [0, 9, 30, 63, length - 1, length - 10, length - 20, length - 33, length - 40];
        foreach (SectionPlace place in file.Sections)
        {
            positions.AddRange([(int)place.Offset, (int)(place.Offset + (place.Length / 3)), (int)(place.Offset + place.Length - 1), (int)(place.Offset + place.Length)]);
            for (int i = 0; i < count / (file.Sections.Count + 1); i++)
            {
                positions.Add((int)(place.Offset + random.NextInt64(place.Length)));
            }
        }

        while (positions.Count < count)
        {
            positions.Add(random.Next(length));
        }

        return positions;
    }

    /// <summary>Replaces a file by a new one, as a mapped file must not be written over.</summary>
    private static void Replace(string path, byte[] content)
    {
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }
}
