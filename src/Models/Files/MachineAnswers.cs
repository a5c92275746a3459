using System.Globalization;

namespace Jmlr.Models.Files;

/// <summary>
/// Answers that were measured once for a machine: one line each, in the user's cache folder. Losing one costs a measurement, so nothing here is ever an error;
/// the reader checks what it gets.
/// </summary>
public static class MachineAnswers
{
    private const int LongestAnswer = 256, MostAnswers = 16, KeyDigits = 16;

    /// <summary>
    /// Where the answer <paramref name="name"/> of this machine and this runtime is kept; <paramref name="others"/> says what else it depends on (threads, versions).
    /// <paramref name="folder"/> is null for the user's cache folder.
    /// </summary>
    public static string PathOf(string name, string? folder, params IReadOnlyList<object> others)
    {
        string key = string.Create(
            CultureInfo.InvariantCulture, $"{Machine.Processor}|{string.Join(' ', Machine.InstructionSets)}|{Environment.ProcessorCount}|{Environment.Version}|{string.Join('|', others)}");
        return Path.Combine(folder ?? UserFolder(), string.Create(CultureInfo.InvariantCulture, $"{name}-{Hash(key):x16}"));
    }

    /// <summary>The answer, or null when none is kept or it cannot be read.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= LongestAnswer ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps an answer, and of older ones of its name (each version of the program has its own) the latest; where that is not possible it is measured again next time.</summary>
    public static void Keep(string path, string answer)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, System.Text.Encoding.ASCII.GetBytes(answer + "\n"));
            string same = Path.GetFileName(path)[..^KeyDigits] + new string('?', KeyDigits);
            foreach (FileInfo old in new DirectoryInfo(Path.GetDirectoryName(path)!).EnumerateFiles(same).OrderByDescending(file => file.LastWriteTimeUtc).Skip(MostAnswers))
            {
                old.Delete();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    // FNV-1a: no secret, and a cold process need not load a cryptographic library for it.
    private static ulong Hash(string key)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char c in key)
        {
            hash = (hash ^ c) * 0x0000_0100_0000_01B3;
        }

        return hash;
    }

    private static string UserFolder()
    {
        string folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(folder.Length == 0 ? Path.GetTempPath() : folder, "jmlr");
    }
}
