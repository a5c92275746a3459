using System.Runtime.InteropServices;
using Jmlr.Ingest.Similarity;

namespace Jmlr.Ingest.Store.Similar;

/// <summary>What finds the near-duplicates of one stored passage, without its text: 60 bytes in the file.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
readonly struct SimilarRecord(ulong document, ulong tag, long group, int ordinal, PassageSketch sketch)
{
    /// <summary>Hash of the document's key.</summary>
    public readonly ulong Document = document;

    /// <summary>Tag of the version's records.</summary>
    public readonly ulong Tag = tag;

    /// <summary>Address of the group that the passage is in.</summary>
    public readonly long Group = group;

    /// <summary>Its ordinal in the document.</summary>
    public readonly int Ordinal = ordinal;

    /// <summary>Its keys.</summary>
    public readonly PassageSketch Sketch = sketch;

    /// <summary>True for two passages of different documents, or of one version: the versions of a document are no near-duplicates of each other.</summary>
    public bool MayBeNear(in SimilarRecord other) => Document != other.Document || (Tag == other.Tag && Ordinal != other.Ordinal);

    /// <summary>Number of keys that two have in common.</summary>
    public int Common(in SimilarRecord other)
    {
        int common = 0;
        for (int key = 0; key < PassageSketch.Keys; key++)
        {
            common += Sketch[key] == other.Sketch[key] ? 1 : 0;
        }

        return common;
    }
}
