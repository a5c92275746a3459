using System.Text.Json;
using System.Text.Json.Nodes;
using Jmlr.Models.Files;

namespace Jmlr.Index.Interop;

/// <summary>Writes the files of one engine, chunk by chunk.</summary>
interface IForeignWriter : IDisposable
{
    /// <summary>Writes the next chunk; <paramref name="before"/> has counts of those before it.</summary>
    void Write(ForeignChunk chunk, ExportTotals before);

    /// <summary>Writes what is known at the end.</summary>
    void Finish(ExportTotals totals);
}

/// <summary>JSON files of an export.</summary>
static class ForeignJson
{
    internal static void Write(string folder, string name, JsonNode value) => DurableFile.Write(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(value));

    internal static JsonArray Lengths(ForeignChunk chunk) => new([.. chunk.Lengths.Select(length => (JsonNode)length)]);
}
