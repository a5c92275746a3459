using System.Text;
using Jmlr.Models.Errors;

namespace Jmlr.Query.Evaluation;

/// <summary>The lines of an evaluation file, with bounds: such files come from anywhere.</summary>
static class TextLines
{
    private const int MaximumLength = 64 << 20;

    /// <summary>Lines that are not blank, with their number from 1.</summary>
    internal static IEnumerable<(int Number, string Line)> Read(string path)
    {
        using StreamReader reader = Open(path);
        int number = 0;
        while (Next(reader, path, number + 1) is string line)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return (number, line);
            }
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JmlrOperationException($"cannot read '{path}': {error.Message}", error);
        }
    }

    private static string? Next(StreamReader reader, string path, int number)
    {
        var line = new StringBuilder();
        try
        {
            for (int unit; (unit = reader.Read()) >= 0;)
            {
                if (unit == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }

                line.Append((char)unit);
                if (line.Length > MaximumLength)
                {
                    throw new JmlrDataException($"line {number} is longer than {MaximumLength} characters", path);
                }
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new JmlrDataException($"line {number} is not UTF-8", path, inner: error);
        }

        return line.Length == 0 ? null : line.ToString().TrimEnd('\r');
    }
}
