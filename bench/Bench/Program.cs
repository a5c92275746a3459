using System.Globalization;
using Jmlr.Bench.Answers;
using Jmlr.Bench.Encoders;
using Jmlr.Bench.Indexes;
using Jmlr.Bench.Ingest;
using Jmlr.Bench.Llm;
using Jmlr.Bench.Retrieval;
using Jmlr.Bench.Search;
using Jmlr.Bench.Weights;
using Jmlr.Models;
using Jmlr.Query.Workspaces;

namespace Jmlr.Bench;

/// <summary>Benchmarks, each beside the limit of the machine it ran on: <c>dotnet run -c Release --project bench/Bench -- NAME</c>.</summary>
static class Program
{
    static int Main(string[] arguments)
    {
        Console.WriteLine(Machine.Describe());
        switch (arguments.FirstOrDefault())
        {
            case "encoder":
                EncoderBench.Run(Installation.ModelPath(null), arguments.Contains("--bf16"), Console.Out);
                return 0;
            case "query":
                QueryBench.Run(Installation.ModelPath(null), Console.Out);
                return 0;
            case "layer":
                LayerBench.Run(batch: 16, tokens: 128, Console.Out);
                LayerBench.Run(batch: 1, tokens: 32, Console.Out);
                return 0;
            case "answers":
                AnswerBench.Run(Workspace.Locate(arguments.ElementAtOrDefault(1)).Root, Installation.ModelPath(null), Installation.CorporaPath!, arguments, Console.Out);
                return 0;
            case "llm":
                DecoderBench.Run(arguments.ElementAtOrDefault(1) ?? Path.Combine(Installation.ModelPath(null), "generator", "SmolLM2-135M-Instruct.Q4_1.gguf"), Environment.ProcessorCount, Console.Out);
                return 0;
            case "projection" when arguments.Length >= 3:
                ProjectionBench.Run(Installation.ModelPath(null), arguments[1], arguments[2], arguments[3..], Console.Out);
                return 0;
            case "quality" when arguments.Length == 2:
                QualityBench.Run(Installation.ModelPath(null), arguments[1], Console.Out);
                return 0;
            case "llm-large" when arguments.ElementAtOrDefault(1) is "7b" or "13b":
                LargeModelBench.Run(arguments[1], Environment.ProcessorCount, arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 512, Console.Out);
                return 0;
            case "llm-write" when arguments.Length == 4:
                LargeModelBench.Write(arguments[1], arguments[2], arguments[3]);
                return 0;
            case "llm-neighbour":
                NeighbourBench.Run(Path.Combine(Installation.ModelPath(null), "generator", "SmolLM2-135M-Instruct.Q4_1.gguf"), Environment.ProcessorCount, Console.Out);
                return 0;
            case "llm-lookup" when arguments.Length > 1:
                LookupBench.Run(Workspace.Locate(arguments[1]).Root, Installation.ModelPath(null), AnswerBench.OnTopic, Console.Out);
                return 0;
            case "llm-matrices":
                MatrixBench.Run(Environment.ProcessorCount, Console.Out);
                return 0;
            case "llm-prompts":
                LongPromptBench.Run(arguments.ElementAtOrDefault(1) ?? Path.Combine(Installation.ModelPath(null), "generator", "SmolLM2-135M-Instruct.Q4_1.gguf"), Environment.ProcessorCount, Console.Out);
                return 0;
            case "llm-divergence" when arguments.Length >= 2:
                DivergenceBench.Run(
                    Path.Combine(Installation.ModelPath(null), "generator", "SmolLM2-135M-Instruct.Q4_1.gguf"), arguments[1],
                    arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 16, Environment.ProcessorCount, Console.Out);
                return 0;
            case "llm-kernels":
                DecoderBench.Choose(Console.Out);
                return 0;
            case "search":
                KernelBench.Run(Console.Out);
                return 0;
            case "plans" when arguments.Length >= 3:
                PlanBench.Run(Installation.ModelPath(null), arguments[1], arguments[2], Arguments(arguments, 3, 1, 2, 4, 8, 16, 32), Arguments(arguments, 4, 256, 512, 1024, 2048, 4096), Console.Out);
                return 0;
            case "fusion" when arguments.Length == 4:
                FusionBench.Run(Installation.ModelPath(null), arguments[1], arguments[2], arguments[3], Console.Out);
                return 0;
            case "raw" when arguments.Length >= 2:
                SearchBench.Run(arguments[1], Argument(arguments, 2, 4), Environment.ProcessorCount, arguments.Contains("--quantiles"), arguments.Contains("--rankings"), Console.Out);
                return 0;
            case "index":
                IndexBuildBench.Run(Argument(arguments, 1, 1_000_000), Argument(arguments, 2, 4), Argument(arguments, 3, Environment.ProcessorCount), arguments.ElementAtOrDefault(4), Console.Out);
                return 0;
            case "index-use" when arguments.Length >= 3:
                IndexBuildBench.Use(arguments[1], Argument(arguments, 2, 0), Argument(arguments, 3, Environment.ProcessorCount), Console.Out);
                return 0;
            case "ingest" when arguments.Length >= 3:
                IngestBench.Run(Vocabulary, arguments[1], arguments[2..], Console.Out);
                return 0;
            case "generate" when arguments.Length >= 4:
                RecordFiles.Write(arguments[1], Vocabulary, arguments[2], Argument(arguments, 3, 1) * 1_000_000L, Argument(arguments, 4, 8000));
                return 0;
            case "weights" when arguments.Length == 2:
                WeightBench.Run(arguments[1], Console.Out);
                return 0;
            default:
                Console.Error.WriteLine("usage: bench encoder [--bf16] | query | layer | index [TOKENS [BITS [THREADS [FOLDER]]]] | index-use FOLDER TOKENS [THREADS] | search | plans INDEX QUERIES [PROBES,... [CANDIDATES,...]] | fusion BEIR SPLIT KEPT | raw VECTORS.safetensors [BITS] [--quantiles] [--rankings] | llm [MODEL] | llm-kernels | llm-prompts [MODEL|7b|13b] | llm-matrices | llm-large 7b|13b [PROMPT] | llm-write 7b|13b TOKENIZER.gguf OUT.gguf | llm-neighbour | llm-divergence TEXT [WINDOWS] | llm-lookup WORKSPACE | ingest EMPTY_FOLDER PATH... | generate jsonl|json|csv|tsv FILE MEGABYTES [CHARACTERS] | weights FILE | answers WORKSPACE [--support] [--generator] | quality BEIR_FOLDER | projection BEIR_FOLDER SPLIT [PROJECTION.safetensors...]");
                return 2;
        }
    }

    private static string Vocabulary => Path.Combine(Installation.ModelPath(null), "retriever", "vocab.txt");

    private static int[] Arguments(string[] arguments, int index, params int[] otherwise) =>
        index < arguments.Length ? [.. arguments[index].Split(',').Select(value => int.Parse(value, CultureInfo.InvariantCulture))] : otherwise;

    private static int Argument(string[] arguments, int index, int otherwise) =>
        index < arguments.Length && !arguments[index].StartsWith('-') ? int.Parse(arguments[index], System.Globalization.CultureInfo.InvariantCulture) : otherwise;
}
