using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Ingest.Store.Files;

namespace Jmlr.Ingest.Store;

/// <summary>The single commit point of the store: how far log and catalogue reach, and what must be in them.</summary>
sealed record StoreManifest
{
    internal const string FileName = "manifest.json";
    internal const int CurrentFormat = 1;
    private const int MaxBytes = 1 << 16;

    public int Format { get; init; } = CurrentFormat;

    public long Generation { get; init; }

    /// <summary>Address up to which the record log must be durable; 0 while nothing was written.</summary>
    public long LogTail { get; init; }

    /// <summary>Committed bytes of the catalogue.</summary>
    public long CatalogueLength { get; init; }

    /// <summary>Document versions in the catalogue, removed ones included.</summary>
    public long Versions { get; init; }

    /// <summary>Passages of all versions.</summary>
    public long Passages { get; init; }

    public string? ChunkerHash { get; init; }

    /// <summary>XxHash3 (hex) of the other fields.</summary>
    public string Checksum { get; init; } = "";

    public static StoreManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        byte[] bytes;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length > MaxBytes)
            {
                Throw.Integrity($"manifest of {stream.Length} bytes, at most {MaxBytes}", path);
            }

            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotReadStore(path, error);
            return null!;
        }

        StoreManifest? manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize(bytes, StoreJson.Default.StoreManifest);
        }
        catch (JsonException error)
        {
            Throw.Integrity("the manifest is not valid JSON", path, inner: error);
        }

        if (manifest is null || manifest.Checksum != manifest.Sum())
        {
            Throw.Integrity("checksum of the manifest is wrong: the file was damaged or edited", path);
        }

        if (manifest.Format != CurrentFormat)
        {
            Throw.Integrity($"store format {manifest.Format}, this program reads {CurrentFormat}", path);
        }

        return manifest;
    }

    public void Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = Sum() }, StoreJson.Default.StoreManifest));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Throw.CannotWriteStore(path, error);
        }
    }

    private string Sum()
    {
        string fields = string.Create(CultureInfo.InvariantCulture, $"{Format}|{Generation}|{LogTail}|{CatalogueLength}|{Versions}|{Passages}|{ChunkerHash}");
        return XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(fields)).ToString("x16", CultureInfo.InvariantCulture);
    }
}

[JsonSerializable(typeof(StoreManifest))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
sealed partial class StoreJson : JsonSerializerContext;
