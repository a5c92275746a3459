using System.Collections.Frozen;

namespace Jmlr.Query.Text;

/// <summary>Closed word classes. Everything that is not here counts as content.</summary>
static class WordLists
{
    /// <summary>Function words and words every clinical sentence may hold without saying anything ("patients", "should", "recommended").</summary>
    internal static readonly FrozenSet<string> Neutral = """
        a about above after again all also although am among an and any are as at based be became because been being between both but by can
        cannot case cases common commonly consider considered could did do does done down during each either especially etc every example few
        first-line following follows for from further general generally give given gives had has have having he her here him his how however i if in include included
        includes including indicated into is it its itself just known may me medical might more most much must my need needed needs of often on once one
        only or other our out own particularly people per person patient patients please possible preferred provide provided recommend
        recommendation recommendations recommended recommends reference references same she should since so some such suggested suggests take taken than that
        the their them then there therefore these they this those through to too typically under until up upon us use used useful uses using
        usually was we well were what when where whether which while who whom whose why will with within would you your
        treat treated treatment treatments therapy therapies management manage managed answer question guideline guidelines according
        individual individuals appropriate clinical clinician clinicians help helps work works important importantly ensure
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words that negate, forbid or end something.</summary>
    internal static readonly FrozenSet<string> Negations = """
        not no never none nor neither without avoid avoided avoids avoiding contraindicated contraindication contraindications against
        stop stopped stopping discontinue discontinued withhold withheld unless except unnecessary cannot don't doesn't isn't aren't shouldn't must-not
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words after which the order of two things matters.</summary>
    internal static readonly FrozenSet<string> Comparisons = new[]
    {
        "than", "rather", "instead", "over", "before", "prior", "prefer", "prefers", "superior", "inferior", "versus", "exceeds", "replaces", "replace", "followed",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words for small numbers.</summary>
    internal static readonly FrozenDictionary<string, string> Numbers = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["two"] = "2",
        ["three"] = "3",
        ["four"] = "4",
        ["five"] = "5",
        ["six"] = "6",
        ["seven"] = "7",
        ["eight"] = "8",
        ["nine"] = "9",
        ["ten"] = "10",
        ["eleven"] = "11",
        ["twelve"] = "12",
        ["twice"] = "2",
        ["thrice"] = "3",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Endings of drug names (stems of the International Nonproprietary Names and common classes).</summary>
    internal static readonly string[] DrugEndings =
    [
        "pril", "prilat", "sartan", "olol", "alol", "dipine", "statin", "gliptin", "gliflozin", "glutide", "glitazone", "formin", "mycin", "micin",
        "cillin", "cycline", "floxacin", "azole", "vir", "mab", "nib", "parin", "xaban", "gatran", "grel", "thiazide", "semide", "lactone", "renone",
        "triptan", "setron", "prazole", "tidine", "caine", "profen", "oxib", "sone", "solone", "olone", "terol", "phylline", "lukast", "tropium",
        "dronate", "dronic", "oxetine", "pramine", "zepam", "zolam", "barbital", "azepine", "toin", "penem", "bactam", "sulfa", "trimoxazole",
        "furantoin", "insulin", "warfarin", "heparin", "aspirin", "adrenaline", "epinephrine", "digoxin", "amiodarone", "thyroxine", "cillins",
        "glinide", "glibenclamide", "zide", "kinra", "cept", "ximab", "fibrate", "ezetimibe", "mide",
    ];
}
