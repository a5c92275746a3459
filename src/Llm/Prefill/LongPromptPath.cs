namespace Jmlr.Llm.Prefill;

/// <summary>How the matrices of a long prompt are multiplied.</summary>
public enum LongPromptPath
{
    /// <summary>What a short measurement on this machine found faster; it is taken when the first long prompt comes, and kept.</summary>
    Measured,
    /// <summary>By the kernels over int8 tiles, always.</summary>
    Tiles,
    /// <summary>Through libtorch in bf16, by kernels over tiles where libtorch cannot be loaded.</summary>
    MatrixUnits,
}
