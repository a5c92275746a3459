using Jmlr.Models.Tokenizers;

namespace Jmlr.Llm.Grammar;

/// <summary>Keeps one generated text within a schema.</summary>
sealed class TokenConstraint
{
    private readonly OutputSchema _schema;
    private readonly TokenMasks _masks;
    private int _state;

    internal TokenConstraint(OutputSchema schema, IGeneratorTokenizer tokenizer)
    {
        _schema = schema;
        _masks = ReferenceEquals(schema.Masks?.Tokenizer, tokenizer) ? schema.Masks : new TokenMasks(schema.Automaton, tokenizer);
        schema.Masks = _masks;
        _state = schema.Automaton.Start;
    }

    /// <summary>True when nothing can follow.</summary>
    internal bool Complete => _schema.Automaton.MustEnd(_state);

    /// <summary>Sets the logits of tokens that may not come to minus infinity.</summary>
    internal void Mask(Span<float> logits)
    {
        bool[] allowed = _masks.Of(_state);
        bool any = false;
        for (int id = 0; id < logits.Length; id++)
        {
            if (id < allowed.Length && allowed[id])
            {
                any = true;
            }
            else
            {
                logits[id] = float.NegativeInfinity;
            }
        }

        if (!any)
        {
            Throw.Operation("no token of this model can continue the output that the schema asks for");
        }
    }

    /// <summary>A token was chosen.</summary>
    internal void Take(int token) => _state = _masks.After(_state, token);
}
