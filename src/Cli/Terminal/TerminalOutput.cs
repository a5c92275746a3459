using System.Globalization;
using Jmlr.Ingest.Documents;
using Spectre.Console;

namespace Jmlr.Cli.Terminal;

/// <summary>Results go to standard output, everything else to standard error; colour and bars only where a person looks on.</summary>
sealed class TerminalOutput
{
    private const int FallbackWidth = 100;

    private const string Open = "\uFDD0", Close = "\uFDD1"; // noncharacters

    private readonly TextWriter _out = Console.Out;

    internal TerminalOutput(bool json, bool quiet)
    {
        Json = json;
        Quiet = quiet;
        Colour = !Console.IsOutputRedirected && !json && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Bars = !Console.IsErrorRedirected && !quiet && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Width = Console.IsOutputRedirected ? FallbackWidth : Math.Clamp(Console.WindowWidth, 40, 120);
    }

    internal bool Json { get; }

    internal bool Quiet { get; }

    internal bool Colour { get; }

    internal bool Bars { get; }

    internal int Width { get; }

    /// <summary>A line of the result.</summary>
    internal void Line(string text = "") => _out.WriteLine(TerminalText.Clean(text));

    /// <summary>Bold where colour is on.</summary>
    internal void Heading(string text) => Styled(text, "\e[1m");

    /// <summary>Dimmed where colour is on.</summary>
    internal void Faint(string text) => Styled(text, "\e[2m");

    /// <summary>Indented text with some words marked: bold where colour is on, else in brackets.</summary>
    internal void Marked(string text, IEnumerable<CharSpan> words)
    {
        // Wrapped and cleaned first, with marks that no text can hold afterwards; only then do they become escapes.
        string marked = TerminalText.Wrap(TerminalText.Clean(ExplanationPrinter.Mark(text.Replace(Open[0], ' ').Replace(Close[0], ' '), words, Open, Close)), Width, "    ");
        _out.WriteLine(marked.Replace(Open, Colour ? "\e[1;4m" : "[", StringComparison.Ordinal).Replace(Close, Colour ? "\e[0m" : "]", StringComparison.Ordinal));
    }

    /// <summary>A note for the person, on standard error; not with <c>--quiet</c> or <c>--json</c>.</summary>
    internal void Note(string text)
    {
        if (!Quiet && !Json)
        {
            Console.Error.WriteLine(TerminalText.Clean(text));
        }
    }

    /// <summary>A table on standard output: aligned columns, no frame when redirected.</summary>
    internal void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = Colour ? TableBorder.Rounded : TableBorder.None, Expand = false };
        foreach (string header in headers)
        {
            table.AddColumn(new TableColumn(Markup.Escape(header)).NoWrap());
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow([.. row.Select(cell => new Text(TerminalText.Clean(cell)))]);
        }

        using StringWriter plain = new(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Colour ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(Colour ? _out : plain),
        });
        console.Profile.Width = Console.IsOutputRedirected ? 240 : Width;
        console.Write(table);
        if (!Colour)
        {
            // Without a frame the last column is filled up with blanks.
            _out.Write(string.Join('\n', plain.ToString().ReplaceLineEndings("\n").Split('\n').Select(static line => line.TrimEnd())));
        }
    }

    private void Styled(string text, string start) => _out.WriteLine(Colour ? $"{start}{TerminalText.Clean(text)}\e[0m" : TerminalText.Clean(text));
}
