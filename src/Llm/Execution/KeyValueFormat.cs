namespace Jmlr.Llm.Execution;

/// <summary>How keys and values are stored.</summary>
public enum KeyValueFormat
{
    /// <summary>fp16.</summary>
    Half,
    /// <summary>int8 with one fp16 scale for 32 elements of a head, as Q8_0 has it: 53 % of the bytes.</summary>
    Q8,
    /// <summary>4 bits with one fp16 scale for 32 elements of a head, as Q4_0 has it: 28 % of the bytes. Keys are turned by <see cref="HadamardRotation"/> first.</summary>
    Q4,
    /// <summary>fp32, for the reference path.</summary>
    Full,
}
