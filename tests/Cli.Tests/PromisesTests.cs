using System.Text.Json;

namespace Jmlr.Cli.Tests;

/// <summary>The promises to the outside: JSON forms and exit codes, of the real program on real weights.</summary>
public sealed class PromisesTests(SampleWorkspace workspace) : IClassFixture<SampleWorkspace>
{
    [Fact]
    public void Ingest_and_build_report_what_they_did()
    {
        Assert.True(workspace.Ingest.ExitCode == 0, workspace.Ingest.Error);
        JsonElement ingest = Json(workspace.Ingest);
        AssertFields(ingest, "read", "added", "updated", "unchanged", "rejected", "passages", "bytes", "seconds");
        Assert.True(ingest.GetProperty("passages").GetInt32() > 20);

        Assert.True(workspace.Build.ExitCode == 0, workspace.Build.Error);
        Assert.True(Json(workspace.Build).GetProperty("added").GetInt32() > 20);
    }

    [Fact]
    public void Search_finds_the_right_document_with_its_provenance()
    {
        JmlrRun run = JmlrProcess.Run("search", "dose of intramuscular adrenaline in anaphylaxis", "-k", "3", "-w", workspace.Path, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = Json(run);
        AssertFields(root, "query", "plan", "support", "known_words", "admitted_documents", "hits", "timings_ms");
        Assert.InRange(root.GetProperty("support").GetDouble(), 0.5, 1);
        Assert.Equal(root.GetProperty("support").GetDouble(), root.GetProperty("hits")[0].GetProperty("support").GetDouble());
        AssertFields(root.GetProperty("timings_ms"), "encode", "search", "total");
        JsonElement[] hits = [.. root.GetProperty("hits").EnumerateArray()];
        Assert.Equal(3, hits.Length);
        AssertFields(hits[0], "rank", "score", "passage", "document", "version", "title", "section", "source", "url", "published", "page", "text");
        Assert.Contains("anaphylaxis", hits[0].GetProperty("document").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("https://", hits[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.True(hits[0].GetProperty("score").GetDouble() >= hits[1].GetProperty("score").GetDouble());
    }

    [Fact]
    public void Search_says_when_what_it_found_is_worth_little()
    {
        // No word of the vocabulary; words that no passage is about; a filter that nothing passes.
        foreach ((string query, string said, bool known) in new[] { ("\U0001F47E \U0001F3B2", "no word of the query is known", false), ("winner of the football world cup", "low support", true) })
        {
            JmlrRun text = JmlrProcess.Run("search", query, "-k", "2", "-w", workspace.Path);
            Assert.Equal(0, text.ExitCode);
            Assert.StartsWith(said, text.Output, StringComparison.Ordinal);
            JsonElement json = Json(JmlrProcess.Run("search", query, "-k", "2", "-w", workspace.Path, "--json"));
            Assert.Equal(known, json.GetProperty("known_words").GetBoolean());
            Assert.InRange(json.GetProperty("support").GetDouble(), 0, 0.5);
            Assert.Equal(2, json.GetProperty("hits").GetArrayLength());
        }

        JsonElement none = Json(JmlrProcess.Run("search", "sepsis", "--language", "xx", "-w", workspace.Path, "--json"));
        Assert.Equal((0, 0, 0.0), (none.GetProperty("admitted_documents").GetInt32(), none.GetProperty("hits").GetArrayLength(), none.GetProperty("support").GetDouble()));
    }

    [Fact]
    public void Ask_takes_a_generator_of_the_users_own()
    {
        string own = Path.Combine(SharedData.Repository, "models/jmlr-mini/generator/SmolLM2-135M-Instruct.Q4_1.gguf");
        string[] question = ["ask", "What is the dose of intramuscular adrenaline in anaphylaxis?", "-o", "0.5 mg", "-o", "5 mg", "-k", "12", "--max-tokens", "40", "-w", workspace.Path, "--json"];
        JmlrRun run = JmlrProcess.Run([.. question, "--generator", own, "--context", "600"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", Json(run).GetProperty("run").GetProperty("generator").GetString());

        // Twelve passages do not fit 600 tokens: those ranked last go, the question stays.
        int dropped = Json(run).GetProperty("dropped_passages").GetInt32();
        Assert.InRange(dropped, 1, 11);
        Assert.Equal(2, Json(run).GetProperty("options_generator").EnumerateObject().Count());
        Assert.Contains($"did not see the {dropped} lowest-ranked passages", JmlrProcess.Run([.. question[..^1], "--generator", own, "--context", "600"]).Error, StringComparison.Ordinal);

        JmlrRun alone = JmlrProcess.Run([.. question, "--context", "600"]);
        Assert.Equal(2, alone.ExitCode);
        Assert.Contains("--generator", alone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_hold_for_every_hit_and_leave_the_list_full()
    {
        JsonElement graded = Json(JmlrProcess.Run("search", "blood pressure target", "-k", "6", "--kind", "recommendation", "--from", "2020", "-w", workspace.Path, "--json"));
        JsonElement[] hits = [.. graded.GetProperty("hits").EnumerateArray()];
        Assert.Equal(6, hits.Length);
        Assert.All(hits, hit => Assert.Equal("recommendation", hit.GetProperty("kind").GetString()));
        Assert.All(hits, hit => Assert.True(string.CompareOrdinal(hit.GetProperty("published").GetString(), "2020") > 0));

        // The guideline of 2018 was replaced in 2024: found as of 2020 only.
        string Found(params string[] filter) => JmlrProcess.Run(["search", "first-line drug treatment of hypertension", "-k", "10", "-w", workspace.Path, "--json", .. filter]).Output;
        const string Old = "hypertension-first-line-treatment@2018-03-12";
        Assert.Contains(Old, Found("--as-of", "2020"), StringComparison.Ordinal);
        Assert.DoesNotContain(Old, Found(), StringComparison.Ordinal);
        Assert.Contains(Old, Found("--include-superseded"), StringComparison.Ordinal);

        JmlrRun nothing = JmlrProcess.Run("search", "blood pressure target", "--as-of", "1950", "-w", workspace.Path, "-q");
        Assert.Equal((0, "nothing found: no document passes the filter"), (nothing.ExitCode, nothing.Output.Trim()));
    }

    [Fact]
    public void An_explanation_names_the_words_and_sums_to_the_score()
    {
        JsonElement hit = Json(JmlrProcess.Run("search", "dose of adrenaline in anaphylaxis", "-k", "1", "--explain", "-w", workspace.Path, "--json")).GetProperty("hits")[0];
        JsonElement[] matches = [.. hit.GetProperty("matches").EnumerateArray()];
        Assert.Equal(hit.GetProperty("score").GetDouble(), matches.Sum(match => match.GetProperty("similarity").GetDouble()), 0.01);
        string text = hit.GetProperty("text").GetString()!;
        foreach (JsonElement match in matches.Where(match => match.GetProperty("word").ValueKind == JsonValueKind.String && !match.GetProperty("in_heading").GetBoolean()))
        {
            Assert.Equal(match.GetProperty("word").GetString(), text[match.GetProperty("start").GetInt32()..match.GetProperty("end").GetInt32()]);
        }

        JsonElement anaphylaxis = matches.First(match => match.GetProperty("token").GetString() == "ana");
        Assert.Equal("anaphylaxis", anaphylaxis.GetProperty("word").GetString(), ignoreCase: true);
        Assert.Contains("[", JmlrProcess.Run("search", "dose of adrenaline in anaphylaxis", "-k", "1", "--explain", "-w", workspace.Path).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_are_named_and_agree()
    {
        JsonElement Found(params string[] plan) => Json(JmlrProcess.Run(["search", "dose of adrenaline in anaphylaxis", "-k", "5", "-w", workspace.Path, "--json", .. plan]));
        JsonElement exact = Found(), plaid = Found("--plan", "plaid"), hybrid = Found("--plan", "hybrid"), vectors = Found("--plan", "hybrid", "--lexical-weight", "0");
        Assert.Equal(["exact", "plaid", "hybrid", "hybrid"], new[] { exact, plaid, hybrid, vectors }.Select(found => found.GetProperty("plan").GetString()));
        string[] Ids(JsonElement found) => [.. found.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("passage").GetString()!)];
        Assert.Equal(Ids(exact), Ids(plaid));
        Assert.Equal(Ids(exact), Ids(vectors));
        Assert.All(hybrid.GetProperty("hits").EnumerateArray(), hit => Assert.True(hit.GetProperty("lexical").GetDouble() > 0 && hit.GetProperty("fused").GetDouble() > 0));
    }

    [Fact]
    public void No_document_has_more_than_its_share_and_the_list_is_full()
    {
        JsonElement[] Found(params string[] more) => [.. Json(JmlrProcess.Run(["search", "dose of adrenaline in anaphylaxis", "-w", workspace.Path, "--json", .. more])).GetProperty("hits").EnumerateArray()];
        JsonElement[] ranked = Found("-k", "100"), diverse = Found("-k", "10", "--per-document", "1"), hybrid = Found("-k", "10", "--per-document", "1", "--plan", "hybrid");
        string Document(JsonElement hit) => hit.GetProperty("document").GetString()!;
        Assert.Equal(ranked.DistinctBy(Document).Take(10).Select(hit => hit.GetProperty("passage").GetString()), diverse.Select(hit => hit.GetProperty("passage").GetString()));
        Assert.Equal(10, hybrid.DistinctBy(Document).Count());
    }

    [Fact]
    public void A_batch_finds_what_single_searches_find_and_names_lines_it_left_out()
    {
        string file = System.IO.Path.Combine(workspace.Folder, "queries.txt");
        string[] queries = ["adrenaline dose", "blood pressure target in older adults", "duration of antibiotics"];
        File.WriteAllText(file, $"{queries[0]}\n\n{new string('x', 2_000_000)}\n{queries[1]}\n{queries[2]}");
        JmlrRun batch = JmlrProcess.Run("search", "--batch", file, "-k", "3", "-w", workspace.Path, "--json");
        Assert.True(batch.ExitCode == 3, batch.Error);
        Assert.Contains("line 3", batch.Error, StringComparison.Ordinal);
        JsonElement[] found = [.. batch.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(queries, found.Select(result => result.GetProperty("query").GetString()));
        JmlrRun lines = JmlrProcess.Run(["search", "-", "-k", "3", "-w", workspace.Path, "--json"], string.Join('\n', queries), folder: null);
        Assert.Equal(
            lines.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("hits").GetRawText()),
            found.Select(result => result.GetProperty("hits").GetRawText()));
    }

    [Fact]
    public void Queries_may_come_line_by_line()
    {
        JmlrRun run = JmlrProcess.Run(["search", "-", "-w", workspace.Path, "--json", "-k", "1"], "adrenaline\n\nblood pressure target\n", folder: null);
        Assert.True(run.ExitCode == 0, run.Error);
        // A line that is too long is named and the next one answered; as text, each list stands below its query.
        JmlrRun text = JmlrProcess.Run(["search", "-", "-w", workspace.Path, "-k", "1"], $"{new string('x', 40_000)}\nadrenaline\n", folder: null);
        Assert.Equal(3, text.ExitCode);
        Assert.Contains("line 1", text.Error, StringComparison.Ordinal);
        Assert.StartsWith("? adrenaline", text.Output, StringComparison.Ordinal);
        Assert.Equal(["adrenaline", "blood pressure target"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("query").GetString()));
    }

    [Fact]
    public void An_answer_is_cited_and_every_citation_checked()
    {
        JmlrRun run = JmlrProcess.Run("ask", "What is the first treatment of anaphylaxis?", "-w", workspace.Path, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = Json(run);
        AssertFields(root, "question", "answer", "abstained", "support", "citations", "options", "choice", "timings_ms", "run");
        AssertFields(root.GetProperty("run"), "index", "retriever", "generator", "prompt", "seed");
        Assert.False(root.GetProperty("abstained").GetBoolean());
        Assert.Contains("adrenaline", root.GetProperty("answer").GetString(), StringComparison.OrdinalIgnoreCase);
        JsonElement[] citations = [.. root.GetProperty("citations").EnumerateArray()];
        Assert.NotEmpty(citations);
        foreach (JsonElement citation in citations)
        {
            AssertFields(citation, "marker", "passage", "title", "section", "url", "published", "quote", "verified");
            Assert.True(citation.GetProperty("verified").GetBoolean());
            JsonElement stored = Json(JmlrProcess.Run("show", citation.GetProperty("passage").GetString()!, "-w", workspace.Path, "--json"));
            Assert.Contains(citation.GetProperty("quote").GetString()!, stored.GetProperty("passages")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_get_probabilities_that_sum_to_one()
    {
        JmlrRun run = JmlrProcess.Run(
            "ask", "Which drug is given first in anaphylaxis?", "-o", "Intramuscular adrenaline", "-o", "Oral cetirizine", "-o", "Oral prednisolone", "-w", workspace.Path, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = Json(run);
        double[] options = [.. root.GetProperty("options").EnumerateObject().Select(option => option.Value.GetDouble())];
        Assert.Equal(3, options.Length);
        Assert.Equal(1, options.Sum(), 1e-3);
        Assert.Contains(root.GetProperty("choice").GetString(), (string[])["A", "B", "C"]);
    }

    [Fact]
    public void Options_may_be_scored_by_their_texts_and_prompts_kept()
    {
        string[] question =
        [
            "ask", "Which drug is given first in anaphylaxis?", "-o", "Intramuscular adrenaline", "-o", "Oral cetirizine", "-o", "Oral prednisolone", "-w", workspace.Path, "--json",
            "--score", "texts", "--keep-prompts",
        ];
        JmlrRun first = JmlrProcess.Run(question);
        Assert.True(first.ExitCode == 0, first.Error);
        JsonElement root = Json(first), stated = root.GetProperty("stated");
        Assert.Equal(1, root.GetProperty("options_generator").EnumerateObject().Sum(option => option.Value.GetDouble()), 1e-3);
        Assert.Contains(stated.GetProperty("choice").GetString(), (string[])["A", "B", "C"]);
        int found = root.GetProperty("found").GetArrayLength();
        Assert.InRange(stated.GetProperty("cites").GetArrayLength(), 1, 3);
        Assert.All(stated.GetProperty("cites").EnumerateArray(), cite => Assert.InRange(cite.GetInt32(), 1, found));
        Assert.Equal(0, root.GetProperty("dropped_passages").GetInt32());

        // The second process finds the prompts of the first and says the same.
        Assert.Single(Directory.GetFiles(Path.Combine(workspace.Path, "prompts")));
        JmlrRun second = JmlrProcess.Run(question);
        Assert.Equal(root.GetProperty("options_generator").ToString(), Json(second).GetProperty("options_generator").ToString());
        Assert.Equal(stated.ToString(), Json(second).GetProperty("stated").ToString());
        Directory.Delete(Path.Combine(workspace.Path, "prompts"), recursive: true);
    }

    [Fact]
    public void A_question_about_something_else_is_not_answered()
    {
        JmlrRun run = JmlrProcess.Run("ask", "Which cryptocurrency wallet is the safest for a beginner?", "-w", workspace.Path, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement root = Json(run);
        Assert.True(root.GetProperty("abstained").GetBoolean());
        Assert.Equal("", root.GetProperty("answer").GetString());
        Assert.NotEmpty(root.GetProperty("found").EnumerateArray());
    }

    [Fact]
    public void The_same_question_gives_the_same_answer()
    {
        string[] question = ["ask", "How long are antibiotics given in community-acquired pneumonia?", "-w", workspace.Path, "--json"];
        Assert.Equal(Json(JmlrProcess.Run(question)).GetProperty("answer").GetString(), Json(JmlrProcess.Run(question)).GetProperty("answer").GetString());
    }

    [Fact]
    public void Verify_says_ok_and_finds_a_flipped_bit()
    {
        JmlrRun sound = JmlrProcess.Run("index", "verify", "-w", workspace.Path, "--json");
        Assert.Equal(0, sound.ExitCode);
        AssertFields(Json(sound), "ok", "generation", "segments", "passages", "tokens", "errors");
        Assert.True(Json(sound).GetProperty("ok").GetBoolean());

        string copy = Path.Combine(workspace.Folder, "damaged");
        Copy(workspace.Path, copy);
        string segment = Directory.GetFiles(Path.Combine(copy, "index"), "*.jms").Single();
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(segment, bytes);
        JmlrRun damaged = JmlrProcess.Run("index", "verify", "-w", copy, "--json");
        Assert.Equal(4, damaged.ExitCode);
        JsonElement error = Json(damaged).GetProperty("errors")[0];
        AssertFields(error, "file", "section", "offset", "what");

        JmlrRun mended = JmlrProcess.Run("index", "verify", "--repair", "-w", copy, "--json");
        Assert.True(mended.ExitCode == 0, mended.Error);
        Assert.Equal(1, Json(mended).GetProperty("repaired").GetArrayLength());
        AssertFields(Json(mended).GetProperty("store"), "missing", "surplus", "different");
        Assert.Equal(bytes.Length, new FileInfo(Directory.GetFiles(Path.Combine(copy, "index"), "*.jms").Single()).Length);
    }

    [Fact]
    public void Export_and_import_give_the_same_index_back()
    {
        string copy = Path.Combine(workspace.Folder, "exchanged"), exported = Path.Combine(workspace.Folder, "exported");
        Copy(workspace.Path, copy);
        string[] search = ["search", "adrenaline", "-w", copy, "--json"];
        string before = Json(JmlrProcess.Run(search)).GetProperty("hits").GetRawText();
        JmlrRun export = JmlrProcess.Run("index", "export", exported, "-w", copy, "--json");
        AssertFields(Json(export), "folder", "passages");
        JmlrRun import = JmlrProcess.Run("index", "import", exported, "-w", copy, "--json");
        Assert.True(import.ExitCode == 0, import.Error);
        Assert.Equal((2, 0), (Json(import).GetProperty("generation").GetInt32(), Json(import).GetProperty("encoded").GetInt32()));
        Assert.Equal(before, Json(JmlrProcess.Run(search)).GetProperty("hits").GetRawText());
        Assert.Equal(0, JmlrProcess.Run("index", "verify", "-w", copy).ExitCode);
        Assert.Equal(1, JmlrProcess.Run("index", "export", exported, "-w", copy).ExitCode);

        string plaid = Path.Combine(workspace.Folder, "plaid");
        Assert.Equal(0, JmlrProcess.Run("index", "export", plaid, "--layout", "fast-plaid", "-w", copy).ExitCode);
        Assert.True(File.Exists(Path.Combine(plaid, "merged_codes.npy")));
        Assert.Equal(0, JmlrProcess.Run("index", "import", plaid, "-w", copy).ExitCode);
        Assert.Equal(before, Json(JmlrProcess.Run(search)).GetProperty("hits").GetRawText());
        Assert.Equal(2, JmlrProcess.Run("index", "export", plaid, "--layout", "warp", "-w", copy).ExitCode);
    }

    [Fact]
    public void Buckets_at_quantiles_are_another_codec_of_the_same_embeddings()
    {
        string copy = Path.Combine(workspace.Folder, "quantiles"), index = Path.Combine(copy, "index");
        Copy(workspace.Path, copy);
        string[] before = Directory.GetFiles(index, "*.jmc");
        JmlrRun build = JmlrProcess.Run("index", "build", "--buckets", "quantiles", "-w", copy, "--json");
        Assert.True(build.ExitCode == 0, build.Error);
        Assert.Equal(0, Json(build).GetProperty("encoded").GetInt32());
        string added = Assert.Single(Directory.GetFiles(index, "*.jmc").Except(before));
        Assert.Equal(new FileInfo(Assert.Single(before)).Length, new FileInfo(added).Length);
    }

    [Fact]
    public void Compact_drops_the_dead_and_rollback_brings_a_generation_back()
    {
        string copy = Path.Combine(workspace.Folder, "maintained"), note = Path.Combine(workspace.Folder, "note.md");
        Copy(workspace.Path, copy);
        JsonElement idle = Json(JmlrProcess.Run("index", "compact", "-w", copy, "--json"));
        Assert.Equal(idle.GetProperty("former_generation").GetInt64(), idle.GetProperty("generation").GetInt64());
        int passages = idle.GetProperty("passages").GetInt32();

        File.WriteAllText(note, "# Scurvy\n\nVitamin C cures scurvy within weeks.\n");
        Assert.Equal(0, JmlrProcess.Run("ingest", note, "-w", copy).ExitCode);
        JsonElement status = Json(JmlrProcess.Run("index", "status", "-w", copy, "--json")), stale = status.GetProperty("stale")[0];
        AssertFields(status, "generation", "drift", "drifted_passages", "codecs");
        Assert.Equal((1, 1, "added"), (status.GetProperty("stale_documents").GetInt32(), status.GetProperty("not_indexed").GetInt32(), stale.GetProperty("state").GetString()));
        Assert.Equal(0, JmlrProcess.Run("index", "update", "-w", copy).ExitCode);
        JsonElement compact = Json(JmlrProcess.Run("index", "compact", "-w", copy, "--json"));
        AssertFields(compact, "generation", "former_generation", "segments", "former_segments", "passages", "dropped", "bytes", "former_bytes", "seconds");
        Assert.Equal((3, 1, 2, passages + 1), (compact.GetProperty("generation").GetInt32(), compact.GetProperty("segments").GetInt32(), compact.GetProperty("former_segments").GetInt32(), compact.GetProperty("passages").GetInt32()));

        JsonElement back = Json(JmlrProcess.Run("index", "rollback", "--to", "1", "-w", copy, "--json"));
        AssertFields(back, "generation", "former_generation", "to", "passages", "tokens");
        Assert.Equal((4, 3, passages), (back.GetProperty("generation").GetInt32(), back.GetProperty("former_generation").GetInt32(), back.GetProperty("passages").GetInt32()));
        Assert.Equal(0, JmlrProcess.Run("index", "verify", "-w", copy).ExitCode);

        JmlrRun unknown = JmlrProcess.Run("index", "rollback", "--to", "99", "-w", copy);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("generation 99", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, JmlrProcess.Run("index", "rollback", "--to", "0", "-w", copy).ExitCode);
        Assert.Equal(2, JmlrProcess.Run("index", "rollback", "-w", copy).ExitCode);
    }

    private static JsonElement Json(JmlrRun run)
    {
        Assert.False(string.IsNullOrWhiteSpace(run.Output), run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static void AssertFields(JsonElement element, params string[] names) =>
        Assert.All(names, name => Assert.True(element.TryGetProperty(name, out _), $"no '{name}' in {element.GetRawText()[..Math.Min(200, element.GetRawText().Length)]}"));

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
