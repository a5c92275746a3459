namespace Jmlr.Ingest.Privacy;

/// <summary>Check digits of national numbers.</summary>
static class CheckDigits
{
    /// <summary>The last <paramref name="count"/> digits of a text, whatever stands between them; false when it has fewer.</summary>
    public static bool Last(ReadOnlySpan<char> text, int count, Span<int> digits)
    {
        int at = count;
        for (int i = text.Length - 1; i >= 0 && at > 0; i--)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                digits[--at] = text[i] - '0';
            }
        }

        return at == 0;
    }

    /// <summary>NHS and CHI numbers: ten digits, weights 10 to 2, modulus 11.</summary>
    public static bool IsNhs(ReadOnlySpan<char> text)
    {
        Span<int> d = stackalloc int[10];
        if (!Last(text, 10, d))
        {
            return false;
        }

        int sum = 0;
        for (int i = 0; i < 9; i++)
        {
            sum += d[i] * (10 - i);
        }

        int check = (11 - (sum % 11)) % 11;
        return check == d[9] && sum > 0;
    }

    /// <summary>Canadian SIN: nine digits, Luhn.</summary>
    public static bool IsSin(ReadOnlySpan<char> text)
    {
        Span<int> d = stackalloc int[9];
        if (!Last(text, 9, d))
        {
            return false;
        }

        int sum = 0, all = 0;
        for (int i = 0; i < 9; i++)
        {
            int twice = i % 2 == 1 ? d[i] * 2 : d[i];
            sum += twice > 9 ? twice - 9 : twice;
            all += d[i];
        }

        return sum % 10 == 0 && all > 0;
    }

    /// <summary>French NIR: thirteen digits and a key of two, 97 less the number modulo 97.</summary>
    public static bool IsNir(ReadOnlySpan<char> text)
    {
        Span<int> d = stackalloc int[15];
        if (!Last(text, 15, d))
        {
            return false;
        }

        long number = 0;
        for (int i = 0; i < 13; i++)
        {
            number = (number * 10) + d[i];
        }

        return 97 - (number % 97) == (d[13] * 10) + d[14];
    }
}
