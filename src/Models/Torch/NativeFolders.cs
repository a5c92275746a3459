using System.Reflection;

namespace Jmlr.Models.Torch;

/// <summary>Where native libraries may lie: the folder the user names, the package folder stamped in at build time, the folders of a published program.</summary>
static class NativeFolders
{
    /// <summary>Names the folder of libtorch.</summary>
    internal const string Variable = "JMLR_LIBTORCH";

    /// <summary>Folders in order of preference, without those that are not named at all.</summary>
    internal static IReadOnlyList<string> OfThisProgram()
    {
        string? stamped = typeof(NativeFolders).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "LibTorchDirectory")?.Value;
        // A single-file program unpacks its natives into a folder that only the host knows.
        string hosted = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return
        [
            .. new[] { Environment.GetEnvironmentVariable(Variable), stamped }.Concat(hosted.Split(Path.PathSeparator))
                .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native")).Append(AppContext.BaseDirectory)
                .Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.TrimEndingDirectorySeparator(folder!)).Distinct(),
        ];
    }

    /// <summary>Path of <paramref name="file"/> in the first folder that holds it.</summary>
    /// <exception cref="Errors.JmlrOperationException">None does; the message names them all.</exception>
    internal static string Find(string file, IReadOnlyList<string> folders)
    {
        foreach (string folder in folders)
        {
            string path = Path.Combine(folder, file);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return Throw.NativeMissing(file, folders);
    }
}
