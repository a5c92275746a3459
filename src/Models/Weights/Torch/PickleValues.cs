namespace Jmlr.Models.Weights.Torch;

/// <summary>A name the pickle refers to; only those of the allow-list exist, and none is more than its name.</summary>
sealed record PickleGlobal(string Module, string Name)
{
    internal bool IsAllowed => this switch
    {
        { Module: "torch._utils", Name: "_rebuild_tensor_v2" or "_rebuild_parameter" } => true,
        { Module: "torch._tensor", Name: "_rebuild_from_type_v2" } => true,
        { Module: "torch.nn.parameter", Name: "Parameter" } => true,
        { Module: "collections", Name: "OrderedDict" } => true,
        { Module: "torch" } => Name == "Tensor" || Name.EndsWith("Storage", StringComparison.Ordinal),
        _ => false,
    };

    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dictionary of the pickle (also OrderedDict).</summary>
sealed class PickleDictionary
{
    internal List<KeyValuePair<object, object>> Items { get; } = [];
}

/// <summary>What a value of the pickle is called in a message.</summary>
static class PickleValues
{
    internal static string Describe(object value) => value switch
    {
        string => "string",
        long or double or bool => "number",
        object[] => "tuple",
        List<object> => "list",
        PickleDictionary => "dictionary",
        PickleGlobal global => global.ToString(),
        TorchTensor => "tensor",
        _ => "value",
    };
}
