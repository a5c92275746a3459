using System.Globalization;
using Jmlr.Ingest.Chunking;
using Jmlr.Ingest.Documents;
using Jmlr.Ingest.Pipeline;
using Jmlr.Ingest.Privacy;
using Jmlr.Ingest.Store;
using Jmlr.Ingest.Tests.Chunking;
using Jmlr.Ingest.Tests.Readers;

namespace Jmlr.Ingest.Tests.Privacy;

public class PatientDataTests
{
    private static string Found(string path, string text)
    {
        int[] counts = Sources.All(path, text).Select(PatientData.Count).OfType<int[]>().Aggregate(new int[20], static (sum, more) => [.. sum.Zip([.. more, .. new int[20 - more.Length]], static (a, b) => a + b)]);
        return string.Join(' ', counts.Select(static (count, kind) => (count, kind)).Where(static pair => pair.count > 0).Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{(PatientDataKind)pair.kind}:{pair.count}")));
    }

    // Names and numbers are made up; check digits are right where they have to be.
    [Theory]
    [InlineData("MRN: 00482913 was seen today.", "MedicalRecordNumber:1")]
    [InlineData("Hospital number RXH/448291, patient ID 778120.", "MedicalRecordNumber:2")]
    [InlineData("DOB 12/03/1950. Date of birth: 3 March 1950. Birth date is 1950-03-12.", "DateOfBirth:3")]
    [InlineData("Patient name: Smith, Jane", "PatientName:1")]
    [InlineData("NHS number 943 476 5919 and NHS no: 9434765919", "NhsNumber:2")]
    [InlineData("NHS number 943 476 5918", "")]
    [InlineData("Her SSN is 219-09-9999.", "SocialSecurityNumber:1")]
    [InlineData("219-09-0000, 000-12-3456, 666-12-3456, 900-12-3456, 219-00-1234", "")]
    [InlineData("under Contract No. 290-02-0018", "")]
    [InlineData("SIN 046 454 286", "NationalNumber:1")]
    [InlineData("SIN 046 454 287", "")]
    [InlineData("Assurance maladie 2 55 08 14 168 025 38 Paris", "NationalNumber:1")]
    [InlineData("Assurance maladie 2 55 08 14 168 025 39 Paris", "")]
    [InlineData("MBI 1EG4-TE5-MK73", "NationalNumber:1")]
    [InlineData("MRN 448291, call 020 7946 0958 or jane@example.org", "MedicalRecordNumber:1 Phone:1 Email:1")]
    [InlineData("Write to the panel: panel@example.org, 301-592-8573, +44 20 7946 0958.", "")]
    [InlineData("Check the patient's name, date of birth and medical record number on two labels (2013; 12/03/2013).", "")]
    [InlineData("Medical records, 2008; 345-352. DOI 10.1000/182. PMID 12345678. NCT01234567. ISBN 978-0-306-40615-7.", "")]
    [InlineData("A 56-year-old man, born in 1950, was seen on 12/03/2006; hospital numbers 12 to 15.", "")]
    public void Finds_are_counted_by_kind(string text, string expected) => Assert.Equal(expected, Found("a.txt", text + "\n"));

    [Fact]
    public void Columns_are_labels() =>
        Assert.Equal("MedicalRecordNumber:2 DateOfBirth:2 PatientName:2 NhsNumber:1 Phone:1", Found("p.csv",
            "patient_name,MRN,date_of_birth,nhs_number,phone\nJane Smith,448291,1950-03-12,9434765919,020 7946 0958\nJohn Smith,448292,12/04/1951,,\n"));

    [Fact]
    public void The_report_has_counts_by_file_and_no_content()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/a.txt"], "MRN 448291, DOB 12/03/1950.\n");
        File.WriteAllText(folder["in/b.jsonl"], "{\"id\":\"1\",\"text\":\"MRN 448291\"}\n{\"id\":\"2\",\"text\":\"MRN 448292, MRN 448293\"}\n{\"id\":\"3\",\"text\":\"Oxygen.\"}\n");
        File.WriteAllText(folder["in/c.txt"], "Give oxygen.\n");
        using PassageStore store = PassageStore.OpenForWriting(folder["store"]);
        IngestResult result = new IngestPipeline(store, new Chunker(new WordTokenizer())).Run(new IngestRequest { Paths = [folder["in"]] }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["a.txt", "b.jsonl"], result.Warnings.Select(static w => w.File));
        Assert.Equal([(PatientDataKind.MedicalRecordNumber, 1), (PatientDataKind.DateOfBirth, 1)], result.Warnings[0].Counts.Select(static c => (c.Key, c.Value)));
        Assert.Equal([(PatientDataKind.MedicalRecordNumber, 3)], result.Warnings[1].Counts.Select(static c => (c.Key, c.Value)));
        Assert.Equal(5, result.Added); // a warning takes nothing away
    }

    [Theory]
    [InlineData("guidelines/ngc_html", "*.html", 1069)]
    [InlineData("guidelines", "uspstf*.json", 1)]
    [InlineData("guidelines/markdown", "*.md", 335)]
    [InlineData("qa", "mirage_benchmark.json", 1)]
    public void Real_guidelines_and_vignettes_give_no_false_alarm(string folder, string pattern, int atLeast)
    {
        string[] files = Directory.GetFiles(SharedData.Require(folder), pattern, SearchOption.AllDirectories);
        Assert.True(files.Length >= atLeast, $"{files.Length} files");
        string[] alarms = [.. files.AsParallel().Where(static file => All(file).Any(static document => PatientData.Count(document) is not null)).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Empty(alarms);
    }

    private static List<Document> All(string file)
    {
        try
        {
            return Sources.All(Path.GetFileName(file), File.ReadAllBytes(file));
        }
        catch (Models.Errors.JmlrDataException)
        {
            return []; // a page without any text
        }
    }
}
