using System.Diagnostics.CodeAnalysis;
using Jmlr.Models.Errors;

namespace Jmlr.Training;

/// <summary>Every refusal of training, worded once.</summary>
static class Throw
{
    [DoesNotReturn]
    internal static void NoPassages() => throw new JmlrOperationException("no passages to compute a projection from: ingest some documents first");

    [DoesNotReturn]
    internal static void Dimension(int dimension, int largest) => throw new JmlrUsageException($"a projection to {dimension} dimensions: 1 to {largest} are possible");

    [DoesNotReturn]
    internal static void NotFinite() => throw new JmlrOperationException("the token vectors of the encoder are not finite numbers: its weights are damaged or overflow in this precision");

    [DoesNotReturn]
    internal static void NoConvergence(int size) => throw new InvalidOperationException($"the eigenvalues of a {size} x {size} matrix did not converge");
}
