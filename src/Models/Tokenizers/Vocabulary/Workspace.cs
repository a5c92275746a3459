using Jmlr.Models.Tokenizers.Merging;

namespace Jmlr.Models.Tokenizers.Vocabulary;

/// <summary>Buffers of one thread, so that encoding allocates nothing once they have grown.</summary>
sealed class Workspace
{
    /// <summary>Buffers for a longer text than this (bytes) are let go afterwards.</summary>
    private const int KeptBytes = 1 << 20;

    [ThreadStatic]
    private static Workspace? s_current;

    /// <summary>The text being cut.</summary>
    public Utf8Text Text { get; } = new();

    /// <summary>Its symbols.</summary>
    public Symbols Symbols { get; } = new();

    /// <summary>Takes the buffers of this thread.</summary>
    public static Workspace Rent()
    {
        Workspace taken = s_current ?? new Workspace();
        s_current = null;
        return taken;
    }

    /// <summary>Gives them back.</summary>
    public void Return() => s_current = Text.Length <= KeptBytes && Symbols.Count <= KeptBytes ? this : null;
}
