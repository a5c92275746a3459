using Jmlr.Ingest.Documents;

namespace Jmlr.Ingest.Chunking;

/// <summary>What the packer puts into passages whole: a block, a sentence of a long block, or a piece of a long sentence.</summary>
/// <param name="Text">Text as printed.</param>
/// <param name="Span">Range of the document that it stands for.</param>
/// <param name="Tokens">Its length in tokens.</param>
/// <param name="Block">The block that it comes from.</param>
/// <param name="Continues">True when it goes on in the block of the unit before it.</param>
/// <param name="LeadIn">True when it must not be the last of a passage.</param>
readonly record struct Unit(string Text, CharSpan Span, int Tokens, Block Block, bool Continues, bool LeadIn);
