namespace Jmlr.Ingest.Web;

/// <summary>The rules of a robots.txt for this program (RFC 9309): its own group, else that of "*"; the longest pattern that fits decides, and "allow" of equals.</summary>
sealed class RobotsRules
{
    private const int MaxLines = 100_000;

    private readonly List<(string Pattern, bool Allow)> _rules = [];

    private RobotsRules()
    {
    }

    /// <summary>Everything may be fetched.</summary>
    public static RobotsRules AllowAll { get; } = new();

    public static RobotsRules Parse(string text, string agent)
    {
        RobotsRules own = new(), all = new();
        bool forOwn = false, forAll = false, found = false, inNames = false;
        foreach (string raw in text.Split('\n').Take(MaxLines))
        {
            string line = raw.Split('#')[0].Trim();
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            (string name, string value) = (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim());
            if (name == "user-agent")
            {
                (forOwn, forAll) = inNames ? (forOwn, forAll) : (false, false);
                bool ours = value.Equals(agent, StringComparison.OrdinalIgnoreCase);
                (forOwn, forAll, found, inNames) = (forOwn || ours, forAll || value == "*", found || ours, true);
                continue;
            }

            if (name is "allow" or "disallow")
            {
                inNames = false;
                if (value.Length > 0)
                {
                    (forOwn ? own : null)?._rules.Add((value, name == "allow"));
                    (forAll ? all : null)?._rules.Add((value, name == "allow"));
                }
            }
        }

        return found ? own : all;
    }

    /// <summary>True when the path (with its query) may be fetched.</summary>
    public bool Allows(string path)
    {
        (int length, bool allow) best = (-1, true);
        foreach ((string pattern, bool allow) in _rules)
        {
            if (Fits(pattern, path) && (pattern.Length > best.length || (pattern.Length == best.length && allow)))
            {
                best = (pattern.Length, allow);
            }
        }

        return best.allow;
    }

    /// <summary>"*" is any run of characters, "$" at the end the end of the path; anything may follow otherwise.</summary>
    private static bool Fits(string pattern, string path)
    {
        bool whole = pattern.EndsWith('$');
        string[] parts = (whole ? pattern[..^1] : pattern).Split('*');
        if (!path.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        int at = parts[0].Length;
        for (int i = 1; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            int found = last && whole && path.Length - parts[i].Length >= at && path.EndsWith(parts[i], StringComparison.Ordinal) ? path.Length - parts[i].Length : path.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + parts[i].Length;
        }

        return !whole || at == path.Length;
    }
}
