using Jmlr.Models.Errors;

namespace Jmlr.Llm.Prefix;

/// <summary>Where former prompts outlive the process.</summary>
/// <param name="Path">The file.</param>
/// <param name="Identity">All that the bits of a block depend on besides its tokens: weights, settings, kernels, build.</param>
/// <param name="MostBytes">Most bytes of blocks in it.</param>
sealed record PrefixDisk(string Path, string Identity, long MostBytes)
{
    /// <summary>Writes what is new; a disk that does not take it costs time in the next process, nothing else.</summary>
    internal void Save(PrefixCache prefixes)
    {
        try
        {
            prefixes.Save(Path, Identity, MostBytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JmlrException)
        {
        }
    }
}
