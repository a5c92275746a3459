using System.Text.Json.Nodes;
using Jmlr.Models.Files;
using TextEncoding = System.Text.Encoding;

namespace Jmlr.Index.Tests.Storage.Hostile;

/// <summary>An index folder with something wrong in it: made from a sound one and put right again afterwards.</summary>
sealed class HostileFolder
{
    private readonly Dictionary<string, byte[]> _sound;

    internal HostileFolder(string sound, string folder)
    {
        Location = Directory.CreateDirectory(folder).FullName;
        _sound = Directory.GetFiles(sound).Where(path => !Path.GetFileName(path).StartsWith("LOCK", StringComparison.Ordinal)).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        Restore();
    }

    internal string Location { get; }

    /// <summary>
    /// Changes one file. Half of the time as an accident would, so that no checksum fits; else as a stranger would who knows the format: sealed again, with
    /// manifest and CURRENT saying so.
    /// </summary>
    internal string Spoil(Random random)
    {
        var mutations = new Mutations(random);
        string[] names = [.. _sound.Keys.Order(StringComparer.Ordinal)];
        string name = names[random.Next(names.Length)];
        if (random.Next(4) == 0)
        {
            Put(name, mutations.Bytes(_sound[name]));
            return $"{name} raw";
        }

        string manifest = names.Last(candidate => candidate.StartsWith("manifest-", StringComparison.Ordinal));
        JsonNode json = Body(_sound[manifest]);
        if (Path.GetExtension(name).Length > 0)
        {
            byte[] changed = mutations.Block(_sound[name]);
            Put(name, changed);
            Announce(json, name, changed);
        }
        else
        {
            for (int times = 1 + random.Next(2); times > 0; times--)
            {
                mutations.Json(json);
            }
        }

        byte[] body = TextEncoding.UTF8.GetBytes(json.ToJsonString());
        if (random.Next(20) == 0)
        {
            body = mutations.Bytes(body);
        }

        string hash = ContentHash.Of(body);
        Put(manifest, [.. TextEncoding.ASCII.GetBytes($"jmlr-index-manifest {hash}\n"), .. body, (byte)'\n']);
        Put("CURRENT", TextEncoding.ASCII.GetBytes($"{manifest} {hash}\n"));
        return $"{name} sealed";
    }

    /// <summary>Every file as it was, and none besides.</summary>
    internal void Restore()
    {
        Directory.Delete(Location, recursive: true);
        Directory.CreateDirectory(Location);
        foreach ((string name, byte[] content) in _sound)
        {
            File.WriteAllBytes(Path.Combine(Location, name), content);
        }
    }

    /// <summary>Puts a file in place of one, never over it: something may still map that.</summary>
    private void Put(string name, byte[] content)
    {
        File.Delete(Path.Combine(Location, name));
        File.WriteAllBytes(Path.Combine(Location, name), content);
    }

    private static JsonNode Body(byte[] manifest) => JsonNode.Parse(manifest.AsSpan(manifest.AsSpan().IndexOf((byte)'\n') + 1))!;

    private static void Announce(JsonNode manifest, string name, byte[] content)
    {
        IEnumerable<JsonNode> entries = manifest["codecs"]!.AsArray().Concat(manifest["segments"]!.AsArray()).OfType<JsonNode>();
        foreach (JsonNode entry in entries.Where(entry => name.Contains(entry["id"]!.GetValue<string>(), StringComparison.Ordinal)))
        {
            JsonNode? of = name.EndsWith(".del", StringComparison.Ordinal) ? entry["tombstones"] : entry;
            if (of is not null)
            {
                (of["length"], of["hash"]) = (content.Length, ContentHash.Of(content));
            }
        }
    }
}
