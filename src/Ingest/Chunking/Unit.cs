using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Chunking;

/// <summary>What the packer puts into passages whole: a block, a sentence of a long block, or a piece of a long sentence.</summary>
/// <param name="Text">Text as printed, a stretch of the document or of a printed row.</param>
/// <param name="Span">Range of the document that it stands for.</param>
/// <param name="Tokens">Its length in tokens; about that where it is <paramref name="Cut"/>.</param>
/// <param name="Block">The block that it comes from.</param>
/// <param name="Continues">True when it goes on in the block of the unit before it.</param>
/// <param name="LeadIn">True when it must not be the last of a passage.</param>
/// <param name="Cut">True for a piece of a sentence: it may begin or end within a word.</param>
readonly record struct Unit(ReadOnlyMemory<char> Text, CharSpan Span, int Tokens, Block Block, bool Continues, bool LeadIn, bool Cut = false);
