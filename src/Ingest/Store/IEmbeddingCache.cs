namespace Jmlr.Ingest.Store;

/// <summary>
/// Token embeddings by (encoder hash, passage hash), so that a rebuild encodes only what changed. A cache: entries whose checksum fails are
/// treated as absent, and losing it costs time, not data.
/// </summary>
public interface IEmbeddingCache : IDisposable
{
    /// <summary>The stored bytes, or null.</summary>
    byte[]? Read(string encoderHash, string passageHash);

    /// <summary>Stores the bytes; durable after <see cref="Flush"/>.</summary>
    void Write(string encoderHash, string passageHash, ReadOnlySpan<byte> value);

    /// <summary>Makes what was written durable.</summary>
    void Flush();
}
