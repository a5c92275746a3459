using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Jmlr.Ingest.Store.Files;

namespace Jmlr.Ingest.Watching;

/// <summary>A file of a watched folder as it was when it was read.</summary>
/// <param name="Length">Its length.</param>
/// <param name="Changed">When it was changed last.</param>
/// <param name="Rules">What its documents depend on beside it: options, <c>source.json</c>.</param>
/// <param name="Sources">Sources that its documents went to.</param>
/// <param name="Keys">Keys of its documents, when they are few.</param>
sealed record WatchedFile(long Length, long Changed, string Rules, IReadOnlyList<string> Sources, IReadOnlyList<string> Keys);

/// <summary>
/// What of a folder is in the store: kept in the workspace, so that a watch goes on where the last one ended. It is written after the commit of the store; when it is lost or behind,
/// files are read again, which changes nothing.
/// </summary>
/// <param name="Folder">Full path of the folder.</param>
/// <param name="Files">Files by name.</param>
sealed record WatchState(string Folder, IReadOnlyDictionary<string, WatchedFile> Files)
{
    /// <summary>The state of a folder; an empty one when there is none or it is damaged.</summary>
    public static WatchState Read(string stateFolder, string folder)
    {
        try
        {
            string path = PathOf(stateFolder, folder);
            WatchState? state = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), WatchJson.Default.WatchState) : null;
            return state is { Files: not null } && state.Folder == folder ? state : new WatchState(folder, new Dictionary<string, WatchedFile>());
        }
        catch (JsonException)
        {
            return new WatchState(folder, new Dictionary<string, WatchedFile>());
        }
    }

    public void Write(string stateFolder)
    {
        Directory.CreateDirectory(stateFolder);
        DurableFile.Replace(PathOf(stateFolder, Folder), JsonSerializer.SerializeToUtf8Bytes(this, WatchJson.Default.WatchState));
    }

    private static string PathOf(string stateFolder, string folder) => Path.Combine(stateFolder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..32]}.json");
}

[JsonSerializable(typeof(WatchState))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
sealed partial class WatchJson : JsonSerializerContext;
