namespace Jmlr.Llm.Generation;

/// <summary>Order of a batch of prompts in which what two of them share is computed once.</summary>
static class PromptOrder
{
    /// <summary>Places of the prompts, those with the same beginning behind one another.</summary>
    internal static int[] Of(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        int[] order = [.. Enumerable.Range(0, prompts.Count)];
        Array.Sort(order, (a, b) => Compare(prompts[a], prompts[b]) is var sign and not 0 ? sign : a.CompareTo(b));
        return order;
    }

    private static int Compare(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        int common = Math.Min(a.Count, b.Count);
        for (int i = 0; i < common; i++)
        {
            if (a[i] != b[i])
            {
                return a[i].CompareTo(b[i]);
            }
        }

        return a.Count.CompareTo(b.Count);
    }
}
